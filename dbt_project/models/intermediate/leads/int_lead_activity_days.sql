with activities as (

    select * from {{ ref('int_lead_activities') }}

),

returns as (

    select * from {{ ref('int_lead_returns') }}

),

-- Once per object: an occurrence counts until the next one of the same object.
until_repeated as (

    select
        *,
        cast(null as date) as repeated_date
    from activities
    where count_once_per != 'object'

    union all

    select
        *,
        lead(activity_date) over (
            partition by lead_id, valid_from, activity, object_id
            order by activity_date, first_at
        ) - 1 as repeated_date
    from activities
    where count_once_per = 'object'

),

valid as (

    select
        * exclude (valid_from, valid_to),
        greatest(valid_from, activity_date) as valid_from,
        least(valid_to, coalesce(repeated_date, valid_to)) as valid_to
    from until_repeated
    where
        least(valid_to, coalesce(repeated_date, valid_to))
        >= greatest(valid_from, activity_date)

),

-- What counts once a day counts once, however many topics, objects or browsers it was
-- met with: the last of them stands for all.
counted_once as (

    select *
    from valid
    qualify
        count_once_per not in ('day', 'object_day')
        or row_number() over (
            partition by
                lead_id, valid_from, valid_to, activity, activity_date, count_once_per,
                case when count_once_per = 'object_day' then object_id end
            order by last_at desc, topic asc, identifier asc
        ) = 1

),

by_day as (

    select
        lead_id,
        valid_from,
        valid_to,
        activity,
        topic,
        is_engagement,
        activity_date,
        sum(event_count) as event_count,
        min(first_at) as first_at,
        max(last_at) as last_at
    from counted_once
    group by
        lead_id, valid_from, valid_to, activity, topic, is_engagement, activity_date

),

united as (

    select * from by_day

    union all

    select * from returns

)

select
    lead_id,
    valid_from,
    valid_to,
    activity,
    topic,
    is_engagement,
    activity_date,
    cast(event_count as bigint) as event_count,
    first_at,
    last_at
from united
