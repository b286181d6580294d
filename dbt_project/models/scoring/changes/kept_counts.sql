{# Two scored days stay: what a score is compared with and what it is. #}
{{ config(materialized='scored_days', kept_days=2) }}

with days as (

    select * from {{ ref('int_scored_days') }}
    qualify as_of_date in ({{ compared_date() }}, max(as_of_date) over ())

),

spans as (

    select * from {{ ref('int_lead_spans') }}

),

counts as (

    select * from {{ ref('activity_counts') }}

),

kept as (

    select
        days.as_of_date,
        spans.lead_id,
        counts.counting_id,
        counts.period_start,
        counts.activity_date,
        counts.event_count,
        counts.first_at,
        counts.last_at
    from counts
    inner join spans
        on counts.span_id = spans.span_id
    inner join days
        on days.as_of_date between spans.valid_from and spans.valid_to

)

select * from kept
