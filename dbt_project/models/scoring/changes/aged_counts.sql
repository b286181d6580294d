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

    select distinct
        count_key,
        window_days
    from {{ ref('keyed_rules') }}

),

aged as (

    select
        kept.lead_id,
        days.as_of_date as valid_from,
        kept.count_key,
        kept.period_start,
        kept.activity_date,
        kept.event_count,
        kept.first_at,
        kept.last_at
    from changed
    inner join kept
        on
            changed.lead_id = kept.lead_id
            and changed.count_key = kept.count_key
    inner join days
        on kept.as_of_date = days.previous_date
    inner join rules
        on changed.count_key = rules.count_key
    where
        rules.window_days is null
        or {{ days_between('kept.activity_date', 'days.as_of_date') }}
        < rules.window_days

)

select * from aged
