with web_events as (

    select * from {{ ref('stg_web__events') }}

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

    select distinct
        web_events.visitor_id,
        'internal' as reason
    from web_events
    inner join relationship_domains
        on split_part(web_events.email, '@', 2) = relationship_domains.domain
    cross join thresholds
    where
        relationship_domains.relationship = 'own'
        and thresholds.internal_traffic is not null

),

busy as (

    select
        web_events.visitor_id,
        {{ company_date('web_events.occurred_at') }} as activity_date,
        'crawler' as reason
    from web_events
    cross join thresholds
    group by web_events.visitor_id, activity_date, thresholds.events_per_day
    having count(*) > thresholds.events_per_day

),

united as (

    select
        visitor_id,
        cast(null as date) as activity_date, -- null: on every day
        reason
    from colleagues

    union all

    select
        visitor_id,
        activity_date,
        reason
    from busy

)

select * from united
