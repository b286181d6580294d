with web_events as (

    select * from {{ ref('stg_web__events') }}
    where visitor_id is not null

),

activities as (

    select * from {{ ref('activities') }}

),

relationship_domains as (

    select * from {{ ref('relationship_domains') }}

),

thresholds as (

    select
        max(value) filter (where name = 'crawler_events_per_day') as events_per_day,
        max(value) filter (where name = 'internal_traffic') as internal_traffic
    from {{ ref('thresholds') }}

),

colleagues as (

    select
        web_events.visitor_id,
        min({{ company_date('web_events.occurred_at') }}) as valid_from,
        'internal' as reason
    from web_events
    inner join relationship_domains
        on split_part(web_events.email, '@', 2) = relationship_domains.domain
    cross join thresholds
    where
        relationship_domains.relationship = 'own'
        and thresholds.internal_traffic is not null
    group by web_events.visitor_id

),

busy as (

    select
        web_events.visitor_id,
        {{ company_date('web_events.occurred_at') }} as activity_date,
        'crawler' as reason
    from web_events
    cross join thresholds
    -- A person's browser sends pings and asks for images by the hundred.
    where
        web_events.event_type in (
            select activities.event_type from activities
            where activities.source = 'web'
        )
    group by web_events.visitor_id, activity_date, thresholds.events_per_day
    having count(*) > thresholds.events_per_day

),

united as (

    select
        visitor_id,
        valid_from,
        {{ forever() }} as valid_to,
        reason
    from colleagues

    union all

    select
        busy.visitor_id,
        busy.activity_date as valid_from,
        busy.activity_date as valid_to,
        busy.reason
    from busy
    left join colleagues
        on busy.visitor_id = colleagues.visitor_id
    where busy.activity_date < coalesce(colleagues.valid_from, {{ forever() }})

)

select * from united
