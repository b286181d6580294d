{{ config(materialized='view') }}

{% set dimensions = ['demographic', 'firmographic', 'behavioral', 'negative'] %}

with pattern_rules as (

    select * from {{ ref('pattern_rules') }}

),

rules as (

    select * from {{ ref('keyed_rules') }}

),

summed as (

    select
        pattern_rules.held_pattern,
        {% for dimension in dimensions %}
            coalesce(sum(rules.points) filter (
                where rules.dimension = '{{ dimension }}'
            ), 0) as {{ dimension }}_points,
        {% endfor %}
        rules.ruleset
    from pattern_rules
    inner join rules
        on pattern_rules.rule_key = rules.rule_key
    group by pattern_rules.held_pattern, rules.ruleset

)

select * from summed
