{{ config(materialized='view') }}

with kept as (

    select * from {{ ref('kept_rules') }}

),

days as (

    select * from {{ ref('compared_days') }}

),

before as (

    select kept.*
    from kept
    inner join days
        on kept.as_of_date = days.previous_date

),

today as (

    select kept.*
    from kept
    inner join days
        on kept.as_of_date = days.as_of_date

),

changed as (

    select
        coalesce(before.ruleset, today.ruleset) as ruleset,
        coalesce(before.rule_id, today.rule_id) as rule_id
    from before
    full outer join today
        on
            before.ruleset = today.ruleset
            and before.rule_id = today.rule_id
    where before.rule_row is distinct from today.rule_row

)

select * from changed
