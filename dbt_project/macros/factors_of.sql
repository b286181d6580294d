{# The rules of one dimension that hold, under each ruleset that has them. #}
{% macro factors_of(dimension) %}
with rules as (

    select * from {{ ref('keyed_rules') }}
    where dimension = '{{ dimension }}'

),

found as (

    select * from {{ ref('held_signals') }}
    union all by name
    select * from {{ ref('priced_activities') }}

),

factors as (

    select
        found.span_id,
        rules.ruleset,
        rules.dimension,
        rules.rule_group,
        rules.rule_id,
        coalesce(found.points, rules.points) as points,
        found.matched_value,
        found.occurrences,
        found.days,
        found.first_at,
        found.last_at
    from found
    inner join rules
        on found.rule_key = rules.rule_key

)

select * from factors
{% endmacro %}
