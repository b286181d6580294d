with calls as (

    select * from {{ ref('new_calls') }}

),

dealt_units as (

    select * from {{ ref('dealt_units') }}

),

kept as (

    select
        unit,
        owner_id,
        team
    from {{ ref('past_assignments') }}
    where starts_with(unit, 'lead ')

),

-- Leads without a company, each given alone: dealt in this run or earlier.
alone as (

    select
        dealt_units.unit,
        dealt_units.owner_id,
        calls.team
    from dealt_units
    inner join calls
        on
            dealt_units.unit = calls.unit
            and calls.place = 1
    where starts_with(dealt_units.unit, 'lead ')

    union all

    select * from kept

),

-- What the first lead of a company got, all of it get.
unit_owners as (

    select
        calls.unit,
        coalesce(
            calls.kept_owner, calls.owner_in_crm, alone.owner_id, dealt_units.owner_id
        ) as owner_id,
        coalesce(calls.kept_team, alone.team, calls.team) as team
    from calls
    left join alone
        on calls.joined_unit = alone.unit
    left join dealt_units
        on calls.unit = dealt_units.unit
    where calls.place = 1

),

new_assignments as (

    select
        calls.lead_id,
        calls.unit,
        unit_owners.team,
        coalesce(calls.owner_in_crm, unit_owners.owner_id) as owner_id,
        calls.since,
        calls.how,
        calls.routing_position,
        if(calls.how = 'dealt', calls.slot_date, null) as slot_date,
        dealt_units.slot,
        dealt_units.slots
    from calls
    inner join unit_owners
        on calls.unit = unit_owners.unit
    left join dealt_units
        on
            calls.unit = dealt_units.unit
            and calls.how = 'dealt'

)

select * from new_assignments
