with units as (

    select * from {{ ref('new_calls') }}
    where how = 'dealt'

),

slots as (

    select * from {{ ref('team_slots') }}

),

numbered as (

    select
        units.unit,
        units.team,
        units.since,
        units.slot_date,
        row_number() over (
            partition by units.team, units.slot_date
            order by
                units.since asc,
                units.priority asc,
                units.total_points desc,
                units.lead_id asc
        ) as number
    from units

),

-- What is more than all slots goes round once more.
dealt_units as (

    select
        numbered.unit,
        slots.owner_id,
        cast(slots.kept_count + numbered.number as integer) as slot,
        cast(slots.slots as integer) as slots
    from numbered
    inner join slots
        on
            numbered.team = slots.team
            and numbered.since = slots.since
            and numbered.slot_date = slots.slot_date
            and (slots.kept_count + numbered.number - 1) % slots.slots = slots.slot - 1

)

select * from dealt_units
