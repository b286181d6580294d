{# The rules of one dimension that hold, under each ruleset that has them. #}
{% macro factors_of(dimension) %}
with rules as (

    select * from {{ ref('keyed_rules') }}
    where dimension = '{{ dimension }}'

),

priced as (

    select * from {{ ref('priced_signals') }}
    union all by name
    select * from {{ ref('priced_activities') }}

),

factors as (

    select
        priced.span_id,
        rules.ruleset,
        rules.dimension,
        rules.rule_group,
        rules.rule_id,
        priced.points,
        priced.matched_value,
        priced.occurrences,
        priced.days,
        priced.first_at,
        priced.last_at
    from priced
    inner join rules
        on priced.rule_key = rules.rule_key

)

select * from factors
{% endmacro %}
