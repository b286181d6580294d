{# A view, as what reads it is. #}
{{ config(materialized='view') }}

with events as (

    select * from {{ ref('int_events_united') }}

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

-- Whose id is nobody's, or of a record that was not there, is known by the address.
judged as (

    select
        events.*,
        events.email is not null and (
            nobody_ids.value is not null
            or events.identifier_type = 'crm'
            and {{ company_date('events.occurred_at') }}
            < coalesce(records.known_from, {{ forever() }})
        ) as is_known_by_address
    from events
    left join nobody_ids
        on lower(events.identifier) = nobody_ids.value
    left join records
        on
            -- One comparison of both sides: with more, every pair would be tried.
            case events.identifier_type when 'crm' then events.identifier end
            = records.lead_id

),

identified as (

    select
        source,
        batch_id,
        source_row,
        event_id,
        if(is_known_by_address, 'email', identifier_type) as identifier_type,
        if(is_known_by_address, email, identifier) as identifier,
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
        user_agent,
        occurred_at
    from judged

)

select * from identified
