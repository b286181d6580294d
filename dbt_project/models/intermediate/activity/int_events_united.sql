{# A view: it only gives three sources one shape, and is read in one pass. #}
{{ config(materialized='view') }}

with crm_activities as (

    select * from {{ ref('stg_crm__activities') }}

),

email_events as (

    select * from {{ ref('stg_email__events') }}

),

web_events as (

    select * from {{ ref('stg_web__events') }}

),

united as (

    select
        'crm' as source,
        batch_id,
        source_row,
        activity_id as event_id,
        cast(null as varchar) as visitor_id,
        lead_id,
        email,
        cast(null as varchar) as session_id,
        activity_type as event_type,
        '' as event_name,
        coalesce(outcome, '') as outcome,
        cast(null as varchar) as url_host,
        '' as url_path,
        '' as utm_medium,
        '' as campaign_id,
        coalesce(lower(detail), '') as detail,
        object_id,
        cast(null as double) as duration_seconds,
        cast(null as varchar) as user_agent,
        occurred_at
    from crm_activities

    union all

    select
        'email' as source,
        batch_id,
        source_row,
        event_id,
        null as visitor_id,
        lead_id,
        email,
        null as session_id,
        event_type,
        '' as event_name,
        '' as outcome,
        null as url_host,
        coalesce({{ url_path('url') }}, '') as url_path,
        '' as utm_medium,
        coalesce(campaign_id, '') as campaign_id,
        '' as detail,
        campaign_id as object_id,
        null as duration_seconds,
        user_agent,
        occurred_at
    from email_events

    union all

    select
        'web' as source,
        batch_id,
        source_row,
        event_id,
        visitor_id,
        lead_id,
        email,
        session_id,
        event_type,
        coalesce(event_name, '') as event_name,
        '' as outcome,
        url_host,
        coalesce(url_path, '') as url_path,
        coalesce(utm_medium, '') as utm_medium,
        '' as campaign_id,
        '' as detail,
        coalesce(event_name, url_path) as object_id,
        duration_seconds,
        user_agent,
        occurred_at
    from web_events

)

select * from united
