with members as (

    select * from {{ ref('active_members') }}
    where as_of_date = {{ as_of_to() }} and is_in_team

),

team_days as (

    select * from {{ ref('team_days') }}
    where as_of_date = {{ as_of_to() }}

),

given_leads as (

    select * from {{ ref('given_leads') }}

),

-- The day that those who are dealt now are dealt for.
next_days as (

    select
        team,
        min(day) as slot_date
    from team_days
    group by team

),

-- Of the newest day, whoever has taken them over since.
dealt as (

    select
        team,
        owner_id,
        slot_date,
        count(*) as unit_count
    from given_leads
    where how = 'dealt'
    group by team, owner_id, slot_date

),

-- On the call list, whoever gave it to them.
calls as (

    select
        assignments.owner_id,
        count(*) as call_count
    from {{ ref('lead_assignments') }} as assignments
    inner join {{ ref('lead_scores') }} as scores
        on assignments.lead_id = scores.lead_id
    where
        scores.queue is not null
        and (scores.is_mql or scores.priority = 1)
    group by assignments.owner_id

),

loads as (

    select
        members.team,
        members.owner_id,
        members.as_of_date,
        next_days.slot_date,
        coalesce(team_days.capacity_per_day, 0) as capacity,
        cast(coalesce(dealt.unit_count, 0) as integer) as dealt,
        cast(greatest(
            coalesce(dealt.unit_count, 0) - coalesce(team_days.capacity_per_day, 0), 0
        ) as integer) as over_capacity,
        cast(coalesce(calls.call_count, 0) as integer) as open_calls,
        members.capacity_per_day * cast(
            length(members.works_on) - length(replace(members.works_on, '|', '')) + 1
            as integer
        ) as capacity_per_week
    from members
    left join next_days
        on members.team = next_days.team
    left join team_days
        on
            members.team = team_days.team
            and members.owner_id = team_days.owner_id
            and next_days.slot_date = team_days.day
    left join dealt
        on
            members.team = dealt.team
            and members.owner_id = dealt.owner_id
            and next_days.slot_date = dealt.slot_date
    left join calls
        on members.owner_id = calls.owner_id

)

select * from loads
