{# A view, as what reads it is. #}
{{ config(materialized='view') }}

with events as (

    select * from {{ ref('int_events_united') }}
    where coalesce(visitor_id, lead_id, email) is not null

),

nobody_ids as (

    select * from {{ ref('nobody_ids') }}

),

records as (

    select
        lead_id,
        min(valid_from) as known_from
    from {{ ref('int_crm_lead_versions') }}
    group by lead_id

),

-- A visitor is known first, then a record that was there, then an address. An id that
-- is nobody's names none of them, and what nothing else names keeps its id.
judged as (

    select
        events.*,
        case
            when
                events.visitor_id is not null
                and (
                    nobody_visitors.value is null
                    or coalesce(events.lead_id, events.email) is null
                )
                then 'visitor'
            when
                events.email is null
                or nobody_records.value is null
                and {{ company_date('events.occurred_at') }} >= records.known_from
                then 'crm'
            else 'email'
        end as identifier_type
    from events
    left join nobody_ids as nobody_visitors
        on lower(events.visitor_id) = nobody_visitors.value
    left join nobody_ids as nobody_records
        on lower(events.lead_id) = nobody_records.value
    left join records
        on events.lead_id = records.lead_id

),

identified as (

    select
        source,
        batch_id,
        source_row,
        event_id,
        identifier_type,
        case identifier_type
            when 'visitor' then visitor_id
            when 'crm' then lead_id
            else email
        end as identifier,
        email,
        session_id,
        event_type,
        event_name,
        outcome,
        url_host,
        url_path,
        utm_medium,
        campaign_id,
        detail,
        object_id,
        duration_seconds,
        user_agent,
        occurred_at
    from judged

)

select * from identified
