{{ config(materialized='view') }}

with summary as (

    select
        min(as_of_date) as first_day,
        max(as_of_date) as last_day
    from {{ ref('lead_score_summary') }}

),

days as (

    select unnest(generate_series(first_day, last_day, interval 1 day)) as day
    from summary

),

dated as (

    select cast(day as date) as day
    from days

)

select * from dated
