{# A view: only the counts of the two days are read. #}
{{ config(materialized='view') }}

with kept_counts as (

    select * from {{ ref('kept_counts') }}

),

kept_rules as (

    select * from {{ ref('kept_rules') }}

),

days as (

    select * from {{ ref('compared_days') }}

),

countings as (

    select * from {{ ref('countings') }}

),

-- What was counted on the day keeps its words, not always its number.
named as (

    select distinct
        kept_rules.as_of_date,
        kept_rules.counting_id as kept_counting_id,
        countings.counting_id
    from kept_rules
    inner join countings
        on kept_rules.counting = countings.counting

),

compared as (

    select
        kept_counts.as_of_date = days.as_of_date as is_today,
        kept_counts.lead_id,
        named.counting_id,
        kept_counts.period_start,
        kept_counts.activity_date,
        kept_counts.event_count,
        kept_counts.first_at,
        kept_counts.last_at
    from kept_counts
    inner join days
        on kept_counts.as_of_date in (days.previous_date, days.as_of_date)
    inner join named
        on
            kept_counts.as_of_date = named.as_of_date
            and kept_counts.counting_id = named.kept_counting_id

)

select * from compared
