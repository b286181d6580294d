with assignments as (

    select * from {{ ref('stg_pipeline__assignments') }}
    where since <= {{ as_of_to() }}

),

former_ids as (

    select * from {{ ref('former_ids') }}
    where {{ as_of_to() }} between since and until

),

kept as (

    select
        coalesce(former_ids.lead_id, assignments.lead_id) as current_id,
        assignments.lead_id,
        assignments.unit,
        assignments.team,
        assignments.owner_id,
        assignments.since,
        assignments.how,
        assignments.routing_position,
        assignments.slot_date,
        assignments.slot,
        assignments.slots
    from assignments
    left join former_ids
        on assignments.lead_id = former_ids.former_id

)

select * from kept
