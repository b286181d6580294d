{{ config(materialized='view') }}

{% set dimensions = ['demographic', 'firmographic', 'behavioral', 'negative'] %}

with group_points as (

    select * from {{ ref('group_points') }}

),

lead_grades as (

    select * from {{ ref('lead_grades') }}

),

rules as (

    select * from {{ ref('keyed_rules') }}

),

-- One factor a scope, however many caps a ruleset gives it.
caps as (

    select
        ruleset,
        scope,
        min(name) as name
    from {{ ref('caps') }}
    group by ruleset, scope

),

adjustments as (

    select * from {{ ref('priced_adjustments') }}

),

-- A cap that bites is a factor of its own: what it takes away or adds.
adjusting as (

    select
        span_id,
        ruleset,
        'cap:' || rule_group as rule_id,
        cast(points - uncapped_points as decimal(18, 4)) as points
    from group_points

    union all

    {% for dimension in dimensions %}
        select
            span_id,
            ruleset,
            'cap:{{ dimension }}' as rule_id,
            {{ dimension }}_cap_points as points
        from lead_grades

        union all
    {% endfor %}

    select
        lead_grades.span_id,
        lead_grades.ruleset,
        'cap:' || caps.name as rule_id,
        case caps.scope
            when 'fit' then lead_grades.fit_cap_points
            else lead_grades.total_cap_points
        end as points
    from lead_grades
    inner join caps
        on
            lead_grades.ruleset = caps.ruleset
            and caps.scope in ('fit', 'total')

    union all

    select
        span_id,
        ruleset,
        'manual:' || adjustment_id as rule_id,
        points
    from adjustments

)

select
    adjusting.*,
    rules.dimension,
    rules.rule_group,
    rules.rule_key
from adjusting
inner join rules
    on
        adjusting.ruleset = rules.ruleset
        and adjusting.rule_id = rules.rule_id
where adjusting.points != 0
