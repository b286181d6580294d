with deliveries as (

    select * from {{ ref('stg_pipeline__deliveries') }}

),

published as (

    select
        delivery_id,
        kind,
        recipient,
        channel,
        as_of_date,
        lead_id,
        alert,
        direction,
        event_id,
        event_date,
        status,
        attempts,
        first_tried_at,
        sent_at,
        build_id
    from deliveries

)

select * from published
