{{ config(materialized='view') }}

with days as (

    select * from {{ ref('compared_days') }}

),

changed as (

    select * from {{ ref('changed_activities') }}

),

kept as (

    select * from {{ ref('kept_counts') }}

),

rules as (

    select
        ruleset,
        rule_id,
        window_days
    from {{ ref('activity_rules') }}

),

aged as (

    select
        kept.lead_id,
        days.as_of_date as valid_from,
        kept.ruleset,
        kept.rule_id,
        kept.period_start,
        kept.activity_date,
        kept.event_count,
        kept.first_at,
        kept.last_at
    from changed
    inner join kept
        on
            changed.lead_id = kept.lead_id
            and changed.ruleset = kept.ruleset
            and changed.rule_id = kept.rule_id
    inner join days
        on kept.as_of_date = days.previous_date
    inner join rules
        on
            changed.ruleset = rules.ruleset
            and changed.rule_id = rules.rule_id
    where
        rules.window_days is null
        or {{ days_between('kept.activity_date', 'days.as_of_date') }}
        < rules.window_days

)

select * from aged
