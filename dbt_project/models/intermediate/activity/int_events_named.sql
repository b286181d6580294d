{# A view: int_activity_days reads it once, and a copy of every event is large. #}
{{ config(materialized='view') }}

with events as (

    select * from {{ ref('int_events_identified') }}

),

kinds as (

    select * from {{ ref('int_event_kinds') }}

),

-- In the order of their delivery; of one day by name, as a batch's id says nothing.
batches as (

    select
        batch_id,
        map_name,
        pattern,
        row_number() over (order by extract_date, file) as delivery_number
    from {{ ref('stg_pipeline__batches') }}

),

named as (

    select
        events.source,
        events.batch_id,
        events.source_row,
        events.event_id,
        events.identifier_type,
        events.identifier,
        events.event_type,
        events.user_agent,
        events.url_host,
        events.object_id,
        events.occurred_at,
        {{ company_date('events.occurred_at') }} as activity_date,
        batches.delivery_number,
        kinds.page_category,
        kinds.activity,
        kinds.topic,
        kinds.count_once_per,
        kinds.is_engagement,
        -- Two of a vendor's tables may number their events alike.
        case
            when events.event_id is not null
                then row(batches.map_name, batches.pattern)
        end as numbered_by
    from events
    inner join kinds
        on
            events.source = kinds.source
            and events.event_type = kinds.event_type
            and events.event_name = kinds.event_name
            and events.outcome = kinds.outcome
            and events.url_path = kinds.url_path
            and events.utm_medium = kinds.utm_medium
            and events.campaign_id = kinds.campaign_id
            and events.detail = kinds.detail
            and {{ reached_seconds('events.duration_seconds') }} = kinds.reached_seconds
    inner join batches
        on events.batch_id = batches.batch_id
    -- What a CRM says of an activity may change, to what has no name too.
    where kinds.activity is not null or events.source = 'crm'

),

newest as (

    select * exclude (delivery_number, numbered_by)
    from named
    qualify
        row_number() over (
            partition by
                source,
                numbered_by,
                coalesce(
                    event_id,
                    concat_ws(
                        ' ', identifier_type, identifier, activity, object_id,
                        date_trunc('second', occurred_at)
                    )
                )
            order by delivery_number desc, occurred_at asc, source_row desc
        ) = 1

)

select * from newest
where activity is not null
