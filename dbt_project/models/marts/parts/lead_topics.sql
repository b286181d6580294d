{{ config(materialized='view') }}

with activity_days as (

    select * from {{ ref('int_lead_activity_days') }}

),

topic_days as (

    select value as topic_days
    from {{ ref('thresholds') }}
    where name = 'topic_days'

),

counted as (

    select
        activity_days.lead_id,
        activity_days.topic,
        sum(activity_days.event_count) as event_count,
        max(activity_days.activity_date) as last_date
    from activity_days
    cross join topic_days
    where
        activity_days.topic is not null
        and activity_days.is_engagement
        and {{ as_of_to() }}
        between activity_days.valid_from and activity_days.valid_to
        and {{ days_between(
            'activity_days.activity_date',
            as_of_to()
        ) }} < topic_days.topic_days
    group by activity_days.lead_id, activity_days.topic

),

topics as (

    select
        lead_id,
        topic as top_topic
    from counted
    qualify
        row_number() over (
            partition by lead_id order by event_count desc, last_date desc, topic asc
        ) = 1

)

select * from topics
