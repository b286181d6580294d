{# Two scored days stay: what a score is compared with and what it is. #}
{{ config(materialized='scored_days', kept_days=2) }}

with days as (

    select * from {{ ref('int_scored_days') }}
    qualify as_of_date in ({{ compared_date() }}, max(as_of_date) over ())

),

rules as (

    select * from {{ ref('priced_rules') }}

),

-- Numbers of rules and countings are those of one run: here is what they were.
kept as (

    select
        days.as_of_date,
        rules.rule_key,
        rules.ruleset,
        rules.rule_id,
        rules.dimension,
        rules.rule_group,
        rules.counting_id,
        rules.counting,
        rules.pricing
    from rules
    cross join days

)

select * from kept
