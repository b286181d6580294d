with events as (

    select * from {{ ref('int_events_identified') }}

),

user_agents as (

    select * from {{ ref('int_user_agents') }}

),

-- Nobody looks at the page of an event that has no name, as an identify call's.
named_types as (

    select distinct event_type
    from {{ ref('int_event_kinds') }}
    where source = 'web' and activity is not null

),

no_pages as (

    select distinct
        event_type,
        url_path
    from {{ ref('int_event_kinds') }}
    where event_type = 'page_view' and page_category = 'not_a_page'

),

other_hosts as (

    select * from {{ ref('int_site_hosts') }}
    where not is_counted

),

uncounted_visitors as (

    select * from {{ ref('int_uncounted_visitors') }}

),

visits as (

    select
        events.identifier_type,
        events.identifier,
        coalesce(
            events.session_id, cast({{ company_date('events.occurred_at') }} as varchar)
        ) as session_id,
        min(events.occurred_at) as started_at,
        max(events.user_agent) as user_agent
    from events
    inner join named_types
        on events.event_type = named_types.event_type
    left join no_pages
        on
            events.event_type = no_pages.event_type
            and events.url_path = no_pages.url_path
    left join other_hosts
        on events.url_host = other_hosts.url_host
    where
        events.source = 'web'
        and no_pages.url_path is null
        and other_hosts.url_host is null
        -- What a server sends has no page.
        and (
            events.event_type = 'page_view'
            or events.url_path != ''
            or events.url_host is not null
        )
    group by
        events.identifier_type,
        events.identifier,
        coalesce(
            events.session_id, cast({{ company_date('events.occurred_at') }} as varchar)
        )

),

by_day as (

    select
        visits.identifier_type,
        visits.identifier,
        {{ company_date('visits.started_at') }} as activity_date,
        count(*) as event_count,
        min(visits.started_at) as first_at,
        max(visits.started_at) as last_at
    from visits
    where
        visits.user_agent is null
        or visits.user_agent not in (select user_agents.user_agent from user_agents)
    group by visits.identifier_type, visits.identifier, activity_date

),

counted as (

    select
        by_day.identifier_type,
        by_day.identifier,
        by_day.activity_date,
        by_day.event_count,
        by_day.first_at,
        by_day.last_at
    from by_day
    where
        not exists (
            select 1 from uncounted_visitors
            where
                by_day.identifier_type = 'visitor'
                and uncounted_visitors.visitor_id = by_day.identifier
                and by_day.activity_date
                between uncounted_visitors.valid_from and uncounted_visitors.valid_to
        )

)

select * from counted
