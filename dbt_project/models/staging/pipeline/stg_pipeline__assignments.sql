with source as (

    select * from {{ source('raw', 'assignments') }}

),

renamed as (

    select
        lead_id,
        unit,
        team,
        owner_id,
        since,
        how,
        routing_position,
        slot_date,
        slot,
        slots

    from source

)

select * from renamed
