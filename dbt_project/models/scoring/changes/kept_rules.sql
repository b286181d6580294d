{# The newest two scored days stay: what a score is compared with and what it is. #}
{{ config(materialized='scored_days', kept_days=2) }}

with days as (

    select * from {{ ref('int_scored_days') }}
    where as_of_date >= {{ as_of_to() }} - 1

),

rules as (

    select * from {{ ref('keyed_rules') }}

),

kept as (

    select
        days.as_of_date,
        rules.ruleset,
        rules.rule_id,
        rules.rule_key,
        rules.dimension,
        rules.rule_group,
        rules.points,
        rules.rule_row
    from rules
    cross join days

)

select * from kept
