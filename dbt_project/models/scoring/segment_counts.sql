with segment_rows as (

    select * from {{ ref('segment_rows') }}
    where activities is not null

),

spans as (

    select * from {{ ref('int_lead_spans') }}

),

activity_days as (

    select * from {{ ref('int_lead_activity_days') }}

),

-- What was done after must be later than the newest of these.
before as (

    select
        segment_rows.row_id,
        spans.span_id,
        max(activity_days.last_at) as last_at
    from segment_rows
    inner join activity_days
        on list_contains(segment_rows.activities_before, activity_days.activity)
    inner join spans
        on
            activity_days.lead_id = spans.lead_id
            and spans.valid_from
            between activity_days.valid_from and activity_days.valid_to
    group by segment_rows.row_id, spans.span_id

),

asked as (

    select
        * exclude (activities),
        unnest(activities) as activity
    from segment_rows

),

counts as (

    select
        asked.row_id,
        spans.span_id,
        cast(sum(activity_days.event_count) as bigint) as event_count
    from asked
    inner join activity_days
        on asked.activity = activity_days.activity
    inner join spans
        on
            activity_days.lead_id = spans.lead_id
            and spans.valid_from
            between activity_days.valid_from and activity_days.valid_to
    left join before
        on
            asked.row_id = before.row_id
            and spans.span_id = before.span_id
    where
        (
            asked.within_days is null
            or {{ days_between('activity_days.activity_date', 'spans.valid_from') }}
            < asked.within_days
        )
        and (
            asked.activities_before is null
            or activity_days.last_at > before.last_at
        )
    group by asked.row_id, spans.span_id

)

select * from counts
