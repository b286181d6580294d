with events as (

    select * from {{ ref('int_events_united') }}

),

user_agents as (

    select * from {{ ref('int_user_agents') }}

),

kinds as (

    select * from {{ ref('int_event_kinds') }}
    where source = 'web'

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
        identifier,
        coalesce(
            session_id, cast({{ company_date('occurred_at') }} as varchar)
        ) as session_id,
        min(occurred_at) as started_at,
        max(user_agent) as user_agent
    from events
    where
        source = 'web'
        -- Nobody looks at the page of an event that has no name, as an identify call,
        -- or no page, as what a server sends.
        and (event_type = 'page_view' or url_path != '' or url_host is not null)
        and event_type in (
            select kinds.event_type from kinds where kinds.activity is not null
        )
        and (
            event_type != 'page_view'
            or url_path not in (
                select kinds.url_path from kinds
                where kinds.page_category = 'not_a_page'
            )
        )
        and (
            url_host is null
            or url_host not in (select other_hosts.url_host from other_hosts)
        )
    group by
        identifier,
        coalesce(session_id, cast({{ company_date('occurred_at') }} as varchar))

),

by_day as (

    select
        'visitor' as identifier_type,
        visits.identifier,
        {{ company_date('visits.started_at') }} as activity_date,
        count(*) as event_count,
        min(visits.started_at) as first_at,
        max(visits.started_at) as last_at
    from visits
    where
        visits.user_agent is null
        or visits.user_agent not in (select user_agents.user_agent from user_agents)
    group by visits.identifier, activity_date

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
                uncounted_visitors.visitor_id = by_day.identifier
                and by_day.activity_date
                between uncounted_visitors.valid_from and uncounted_visitors.valid_to
        )

)

select * from counted
