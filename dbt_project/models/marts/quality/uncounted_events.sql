with activity_days as (

    select * from {{ ref('int_activity_days') }}

),

event_kinds as (

    select * from {{ ref('int_event_kinds') }}

),

named as (

    select
        activity,
        string_agg(distinct source, ', ' order by source) as source
    from {{ ref('activities') }}
    group by activity

),

counted as (

    select
        activity,
        not_counted_reason as reason,
        sum(event_count) as event_count,
        max(last_at) as last_at
    from activity_days
    where not_counted_reason is not null
    group by activity, not_counted_reason

),

united as (

    select
        named.source,
        counted.activity,
        counted.reason,
        counted.event_count,
        counted.last_at
    from counted
    left join named
        on counted.activity = named.activity

    union all

    select
        source,
        null as activity,
        'no_name' as reason,
        sum(event_count) as event_count,
        null as last_at
    from event_kinds
    where activity is null
    group by source

),

told as (

    select
        source,
        activity,
        reason,
        case reason
            when 'other_host' then 'On a host that is not ours'
            when 'not_a_page' then 'No page that a person reads'
            when 'crawler' then 'A crawler or a monitor, no person'
            when 'mail_scanner' then 'A mail scanner followed the link'
            when 'reported_twice' then 'Another system reported it too'
            when 'internal' then 'Our own people'
            when 'no_name' then 'No row of activities.csv names it'
            else reason
        end as sentence,
        cast(event_count as bigint) as event_count,
        last_at
    from united

)

select * from told
