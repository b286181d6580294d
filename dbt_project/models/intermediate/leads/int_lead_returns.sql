with activities as (

    select * from {{ ref('int_lead_activities') }}

),

silence as (

    select value as silent_days
    from {{ ref('thresholds') }}
    where name = 'silent_days'

),

engagement_days as (

    select
        lead_id,
        valid_from,
        valid_to,
        activity_date,
        min(first_at) as first_at,
        lag(activity_date) over (
            partition by lead_id, valid_from order by activity_date
        ) as previous_date
    from activities
    where is_engagement
    group by lead_id, valid_from, valid_to, activity_date

),

returned as (

    select
        engagement_days.lead_id,
        greatest(
            engagement_days.valid_from, engagement_days.activity_date
        ) as valid_from,
        engagement_days.valid_to,
        'returned_after_silence' as activity,
        cast(null as varchar) as topic,
        true as is_engagement,
        engagement_days.activity_date,
        1 as event_count,
        engagement_days.first_at,
        engagement_days.first_at as last_at
    from engagement_days
    cross join silence
    where
        {{ days_between(
            'engagement_days.previous_date', 'engagement_days.activity_date'
        ) }} >= silence.silent_days
        and greatest(engagement_days.valid_from, engagement_days.activity_date)
        <= engagement_days.valid_to

)

select * from returned
