with days as (

    select * from {{ ref('int_scored_days') }}

),

activity_days as (

    select * from {{ ref('int_lead_activity_days') }}

),

touches as (

    select * from {{ ref('touches') }}

),

last_activities as (

    select
        activity_days.lead_id,
        days.as_of_date,
        max(activity_days.activity_date) as last_activity_date,
        max(activity_days.activity_date) filter (
            where activity_days.is_engagement
        ) as last_engagement_date,
        max(activity_days.last_at) filter (
            where activity_days.is_engagement
        ) as last_engagement_at,
        max(activity_days.last_at) filter (
            where touches.activity is not null
        ) as last_touched_at
    from activity_days
    left join touches
        on activity_days.activity = touches.activity
    inner join days
        on
            days.as_of_date between activity_days.valid_from and activity_days.valid_to
    group by activity_days.lead_id, days.as_of_date

)

select * from last_activities
