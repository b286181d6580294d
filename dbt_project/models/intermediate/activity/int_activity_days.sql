with events as (

    select * from {{ ref('int_events') }}

),

web_visits as (

    select * from {{ ref('int_web_visits') }}

),

by_day as (

    select
        identifier_type,
        identifier,
        activity,
        topic,
        count_once_per,
        is_engagement,
        -- Objects matter only where an activity counts once per object.
        case when count_once_per like 'object%' then object_id end as object_id,
        activity_date,
        not_counted_reason,
        case
            when count_once_per = 'event' then count(*) else 1
        end as event_count,
        min(occurred_at) as first_at,
        max(occurred_at) as last_at
    from events
    group by
        identifier_type, identifier, activity, topic, count_once_per, is_engagement,
        case when count_once_per like 'object%' then object_id end, activity_date,
        not_counted_reason

),

with_visits as (

    select * from by_day

    union all

    select
        identifier_type,
        identifier,
        'website_visited' as activity,
        null as topic,
        'event' as count_once_per,
        true as is_engagement,
        null as object_id,
        activity_date,
        null as not_counted_reason,
        event_count,
        first_at,
        last_at
    from web_visits

)

select
    identifier_type,
    identifier,
    activity,
    topic,
    count_once_per,
    is_engagement,
    object_id,
    activity_date,
    not_counted_reason,
    event_count,
    first_at,
    last_at
from with_visits
