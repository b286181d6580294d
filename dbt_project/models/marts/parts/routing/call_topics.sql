with calls as (

    select * from {{ ref('unowned_calls') }}

),

activity_days as (

    select * from {{ ref('int_lead_activity_days') }}
    where topic is not null and is_engagement

),

topic_days as (

    select value as topic_days
    from {{ ref('thresholds') }}
    where name = 'topic_days'

),

-- As lead_topics has it on the newest day.
topics as (

    select
        calls.lead_id,
        calls.as_of_date,
        activity_days.topic
    from calls
    cross join topic_days
    inner join activity_days
        on
            calls.lead_id = activity_days.lead_id
            and calls.as_of_date
            between activity_days.valid_from and activity_days.valid_to
            and {{ days_between('activity_days.activity_date', 'calls.as_of_date') }}
            < topic_days.topic_days
    group by calls.lead_id, calls.as_of_date, activity_days.topic
    qualify
        row_number() over (
            partition by calls.lead_id, calls.as_of_date
            order by
                sum(activity_days.event_count) desc,
                max(activity_days.activity_date) desc,
                activity_days.topic asc
        ) = 1

)

select * from topics
