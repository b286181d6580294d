with former_ids as (

    select * from {{ ref('former_ids') }}
    where {{ as_of_to() }} between since and until

),

in_force as (

    select
        team,
        owner_id,
        from_date
    from {{ ref('active_members') }}
    where as_of_date = {{ as_of_to() }} and is_in_team

),

owners as (

    select * from {{ ref('int_crm_owner_versions') }}
    where {{ as_of_to() }} between valid_from and valid_to

),

-- Who is in no team, now or before, cannot have left one: an owner in the CRM alone.
member_ids as (

    select distinct owner_id from {{ ref('team_members') }}

),

new_ones as (

    select
        coalesce(former_ids.lead_id, new_assignments.lead_id) as current_id,
        new_assignments.*
    from {{ ref('new_assignments') }} as new_assignments
    left join former_ids
        on new_assignments.lead_id = former_ids.former_id

),

given as (

    select * from {{ ref('past_assignments') }}
    union all by name
    select * from new_ones

),

-- Of two who turned out to be one, the first counts.
firsts as (

    select *
    from given
    qualify
        row_number() over (partition by current_id order by since, lead_id) = 1

),

departures as (

    select
        firsts.current_id,
        firsts.unit,
        firsts.team,
        team_members.until_date
    from firsts
    left join in_force
        on firsts.owner_id = in_force.owner_id
    left join owners
        on firsts.owner_id = owners.owner_id
    left join {{ ref('team_members') }} as team_members
        on
            firsts.team = team_members.team
            and firsts.owner_id = team_members.owner_id
    left join member_ids
        on firsts.owner_id = member_ids.owner_id
    where
        in_force.owner_id is null
        and (
            not coalesce(owners.is_active, true)
            or (firsts.how != 'company_in_crm' and member_ids.owner_id is not null)
        )

),

-- Whoever was there then, by a hash: evenly, and nobody else's leads move when one of
-- them leaves too. Those who came later only if nobody else is left.
successors as (

    select
        departures.current_id,
        in_force.owner_id
    from departures
    inner join in_force
        on departures.team = in_force.team
    qualify
        row_number() over (
            partition by departures.current_id
            order by
                coalesce(in_force.from_date <= departures.until_date, true) desc,
                md5(departures.unit || ' ' || in_force.owner_id) asc
        ) = 1

),

given_leads as (

    select
        firsts.current_id as lead_id,
        firsts.unit,
        firsts.team,
        coalesce(successors.owner_id, firsts.owner_id) as owner_id,
        if(successors.owner_id is null, null, firsts.owner_id) as left_owner_id,
        firsts.since,
        firsts.how,
        firsts.routing_position,
        firsts.slot_date,
        firsts.slot,
        firsts.slots
    from firsts
    left join successors
        on firsts.current_id = successors.current_id

)

select * from given_leads
