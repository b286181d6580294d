{#
  A view: of what a rate is asked. `scope` says among whom: the leads of every cut-off, of
  one, or each lead once, at its first.
#}
{{ config(materialized='view') }}

with of_facts as (

    select * from {{ ref('fact_items') }}

),

of_sources as (

    select * from {{ ref('source_items') }}

),

leads as (

    select * from {{ ref('judged_leads') }}
    where has_succeeded is not null

),

factors as (

    select * from {{ source('judged', 'cut_off_factors') }}

),

thresholds as (

    select * from {{ ref('judged_thresholds') }}

),

banded as (

    select
        *,
        unnest(['all', cast(cut_off as varchar)]) as scope
    from leads

),

of_bands as (

    {% for kind, item in [
        ('all', "'all'"), ('tenth', 'tenth'), ('grade', 'grade'),
        ('level', 'engagement_level'), ('segment', 'segment'), ('stage', 'stage'),
        ('points', points_band('total_points'))
    ] %}
        select
            *,
            '{{ kind }}' as item_kind,
            coalesce(cast({{ item }} as varchar), '-') as item,
            '' as value
        from banded
        {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

of_rules as (

    select
        leads.*,
        'all' as scope,
        'rule' as item_kind,
        factors.rule_id as item,
        '' as value
    from leads
    inner join factors
        on
            leads.ruleset = factors.ruleset
            and leads.cut_off = factors.cut_off
            and leads.lead_id = factors.lead_id

),

of_thresholds as (

    select
        leads.*,
        'all' as scope,
        'threshold' as item_kind,
        cast(thresholds.min_points as varchar) as item,
        unnest(['', left(leads.grade, 1)]) as value
    from leads
    inner join thresholds
        on
            leads.target = thresholds.target
            and leads.ruleset = thresholds.ruleset
            and leads.total_points >= thresholds.min_points

),

united as (

    select * from of_bands
    {% for items in ['of_rules', 'of_facts', 'of_thresholds', 'of_sources'] %}
        union all by name
        select * from {{ items }}
    {% endfor %}

)

select
    hash(target, ruleset, scope) as scope_key,
    hash(target, ruleset, scope, item_kind, item, value) as item_key,
    {{ item_columns() }}
from united
