with adjustments as (

    select * from {{ ref('manual_adjustments') }}

),

members as (

    select * from {{ ref('int_lead_members') }}

),

in_force as (

    select
        members.lead_id,
        adjustments.ruleset,
        adjustments.adjustment_id,
        adjustments.points,
        adjustments.reason,
        greatest(members.valid_from, adjustments.from_date) as valid_from,
        least(
            members.valid_to, coalesce(adjustments.to_date, {{ forever() }})
        ) as valid_to
    from adjustments
    inner join members
        on
            members.identifier_type = 'crm'
            and adjustments.lead_id = members.identifier

)

select * from in_force
where valid_from <= valid_to
