{{ config(materialized='view') }}

with spans as (

    select * from {{ ref('int_lead_spans') }}

),

activity_days as (

    select * from {{ ref('int_lead_activity_days') }}

),

resets as (

    select distinct
        reset_activities,
        unnest({{ names_in('reset_activities') }}) as activity
    from {{ ref('countings') }}

),

dated as (

    select
        spans.span_id,
        resets.reset_activities,
        max(activity_days.activity_date) as reset_date
    from resets
    inner join activity_days
        on resets.activity = activity_days.activity
    inner join spans
        on
            activity_days.lead_id = spans.lead_id
            and spans.valid_from
            between activity_days.valid_from and activity_days.valid_to
    group by spans.span_id, resets.reset_activities

)

select * from dated
