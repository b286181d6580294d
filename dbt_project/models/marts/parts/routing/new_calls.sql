with calls as (

    select * from {{ ref('first_calls') }}

),

company_owners as (

    select * from {{ ref('company_owners') }}

),

joined_units as (

    select * from {{ ref('joined_units') }}

),

kept_units as (

    select
        unit,
        min_by(owner_id, since) as owner_id,
        min_by(team, since) as team
    from {{ ref('past_assignments') }}
    group by unit

),

told as (

    select
        calls.*,
        company_owners.owner_id as owner_in_crm,
        kept_units.owner_id as kept_owner,
        kept_units.team as kept_team,
        joined_units.joined_unit
    from calls
    left join company_owners
        on
            calls.account_id = company_owners.account_id
            and calls.since = company_owners.since
    left join joined_units
        on
            calls.account_id = joined_units.account_id
            and calls.since = joined_units.since
    left join kept_units
        on calls.unit = kept_units.unit

),

new_calls as (

    select
        lead_id,
        since,
        account_id,
        unit,
        priority,
        total_points,
        routing_position,
        team,
        slot_date,
        place,
        owner_in_crm,
        kept_owner,
        kept_team,
        if(is_first_of_unit, joined_unit, null) as joined_unit,
        case
            when owner_in_crm is not null then 'company_in_crm'
            when kept_owner is not null then 'company'
            when place > 1 then 'company'
            when joined_unit is not null then 'company'
            else 'dealt'
        end as how
    from told

)

select * from new_calls
