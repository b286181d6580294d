{# A view: what was true of each lead with a verdict, the day before it was given. #}
{{ config(materialized='view') }}

with leads as (

    select * from {{ source('judged', 'feedback_leads') }}

),

factors as (

    select * from {{ source('judged', 'feedback_factors') }}

),

scored as (

    select * from leads
    where total_points is not null

),

items as (

    {% for kind, item in [
        ('all', "'all'"), ('grade', 'left(grade, 1)'), ('level', 'engagement_level'),
        ('stage', 'stage')
    ] %}
        select
            ruleset,
            lead_id,
            verdict,
            '{{ kind }}' as item_kind,
            coalesce(cast({{ item }} as varchar), '-') as item,
            0 as points
        from scored
        union all
    {% endfor %}

    select
        ruleset,
        lead_id,
        verdict,
        'not scored' as item_kind,
        'not scored' as item,
        0 as points
    from leads
    where total_points is null

    union all

    select
        scored.ruleset,
        scored.lead_id,
        scored.verdict,
        'rule' as item_kind,
        factors.rule_id as item,
        factors.points
    from scored
    inner join factors
        on scored.ruleset = factors.ruleset and scored.lead_id = factors.lead_id

)

select
    ruleset,
    lead_id,
    verdict,
    item_kind,
    item,
    points
from items
