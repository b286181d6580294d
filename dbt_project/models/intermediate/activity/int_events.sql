{# A view: int_activity_days reads it once, and a copy of every event is large. #}
{{ config(materialized='view') }}

with events as (

    select * from {{ ref('int_events_named') }}

),

user_agents as (

    select * from {{ ref('int_user_agents') }}

),

uncounted_events as (

    select * from {{ ref('int_mail_scans') }}

    union all

    select * from {{ ref('int_reported_twice') }}

),

uncounted_visitors as (

    select * from {{ ref('int_uncounted_visitors') }}

),

other_hosts as (

    select * from {{ ref('int_site_hosts') }}
    where not is_counted

),

own_domains as (

    select * from {{ ref('relationship_domains') }}
    where relationship = 'own'

),

switches as (

    select
        max(value) filter (where name = 'crawler_user_agents') as crawler_user_agents,
        max(value) filter (where name = 'internal_traffic') as internal_traffic
    from {{ ref('thresholds') }}

),

marked as (

    select
        events.source,
        events.batch_id,
        events.source_row,
        events.event_id,
        events.identifier_type,
        events.identifier,
        events.user_agent,
        events.object_id,
        events.occurred_at,
        events.activity_date,
        events.activity,
        events.topic,
        events.count_once_per,
        events.is_engagement,
        case
            when other_hosts.url_host is not null then 'other_host'
            when
                events.event_type = 'page_view'
                and events.page_category = 'not_a_page'
                then 'not_a_page'
            when
                user_agents.user_agent is not null
                and switches.crawler_user_agents is not null
                then 'crawler'
            when uncounted_events.reason is not null then uncounted_events.reason
            when uncounted_visitors.reason is not null then uncounted_visitors.reason
            when
                own_domains.domain is not null
                and switches.internal_traffic is not null
                then 'internal'
        end as not_counted_reason
    from events
    cross join switches
    left join other_hosts
        on events.url_host = other_hosts.url_host
    left join user_agents
        on events.user_agent = user_agents.user_agent
    left join uncounted_events
        on
            events.batch_id = uncounted_events.batch_id
            and events.source_row = uncounted_events.source_row
    left join uncounted_visitors
        on
            -- One comparison of both sides: with more, every pair would be tried.
            case events.identifier_type when 'visitor' then events.identifier end
            = uncounted_visitors.visitor_id
            and events.activity_date
            between uncounted_visitors.valid_from and uncounted_visitors.valid_to
    left join own_domains
        on
            case events.identifier_type
                when 'email' then split_part(events.identifier, '@', 2)
            end = own_domains.domain

)

select * from marked
