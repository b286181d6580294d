with web_events as (

    select * from {{ ref('stg_web__events') }}
    where visitor_id is not null and lead_id is not null

),

records as (

    select
        lead_id,
        valid_from
    from {{ ref('int_crm_lead_versions') }}

    union all

    select
        unnest([merged_id, into_id]) as lead_id,
        valid_from
    from {{ ref('int_crm_merge_versions') }}

),

known as (

    select
        lead_id,
        min(valid_from) as known_from
    from records
    group by lead_id

),

visitor_records as (

    select
        web_events.visitor_id,
        web_events.lead_id,
        -- A record that is not there yet is nobody's until it is.
        greatest(
            min({{ company_date('web_events.occurred_at') }}),
            any_value(known.known_from)
        ) as valid_from,
        {{ forever() }} as valid_to
    from web_events
    inner join known
        on web_events.lead_id = known.lead_id
    where {{ is_somebody('web_events.visitor_id') }}
    group by web_events.visitor_id, web_events.lead_id

)

select * from visitor_records
