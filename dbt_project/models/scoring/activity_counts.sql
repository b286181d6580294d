with spans as (

    select * from {{ ref('int_lead_spans') }}

),

activity_days as (

    select * from {{ ref('int_lead_activity_days') }}

),

countings as (

    select
        *,
        unnest({{ names_in('activity') }}) as counted_activity,
        -- How many days an event may be older than the unit it completes.
        case
            when per_count = 1 then 0 else {{ period_span('per') }}
        end as unit_days
    from {{ ref('countings') }}

),

reset_dates as (

    select * from {{ ref('reset_dates') }}

),

counts as (

    select
        spans.span_id,
        spans.valid_from,
        countings.counting_id,
        activity_days.activity_date,
        any_value(
            {{ period_start('countings.per', 'activity_days.activity_date') }}
        ) as period_start,
        sum(activity_days.event_count) as event_count,
        min(activity_days.first_at) as first_at,
        max(activity_days.last_at) as last_at
    from spans
    inner join activity_days
        on
            spans.lead_id = activity_days.lead_id
            and spans.valid_from
            between activity_days.valid_from and activity_days.valid_to
    inner join countings
        on activity_days.activity = countings.counted_activity
    left join reset_dates
        on
            spans.span_id = reset_dates.span_id
            and countings.reset_activities = reset_dates.reset_activities
    where
        (
            countings.window_days is null
            or {{ days_between('activity_days.activity_date', 'spans.valid_from') }}
            < countings.window_days
        )
        and (
            reset_dates.reset_date is null
            or activity_days.activity_date >= reset_dates.reset_date
        )
        -- What has decayed to nothing is left out early: it is most of the history.
        and (
            countings.decay != 'linear'
            or countings.unit_days is null
            or {{ days_between('activity_days.activity_date', 'spans.valid_from') }}
            < countings.decay_days + countings.unit_days
        )
    group by
        spans.span_id, spans.valid_from, countings.counting_id,
        activity_days.activity_date

)

select * from counts
