with units as (

    select * from {{ ref('new_calls') }}
    where how = 'dealt'

),

kept as (

    select * from {{ ref('past_assignments') }}
    where how = 'dealt'

),

members as (

    select * from {{ ref('team_days') }}

),

dealt_by_day as (

    select
        team,
        slot_date,
        count(*) as unit_count,
        0 as kept_count
    from units
    group by team, slot_date

    union all

    select
        team,
        slot_date,
        count(*) as unit_count,
        count(*) as kept_count
    from kept
    group by team, slot_date

),

-- How many the team had been dealt before a day, and on it by earlier publications.
totals as (

    select
        team,
        slot_date,
        cast(sum(kept_count) as bigint) as kept_count,
        cast(sum(sum(unit_count)) over (
            partition by team order by slot_date
        ) - sum(unit_count) as bigint) as unit_count_before
    from dealt_by_day
    group by team, slot_date

),

at_work as (

    select
        *,
        count(*) over roster as member_count,
        row_number() over (roster order by owner_id) - 1 as place
    from members
    window roster as (partition by team, as_of_date, day)

),

-- A round gives one to each who has not got their number, and begins with whoever
-- comes after the last of the day before.
rounds as (

    select
        at_work.team,
        at_work.as_of_date,
        at_work.day,
        at_work.owner_id,
        totals.kept_count,
        (
            at_work.place + at_work.member_count
            - totals.unit_count_before % at_work.member_count
        ) % at_work.member_count as turn,
        unnest(range(1, at_work.capacity_per_day + 1)) as round
    from at_work
    inner join totals
        on
            at_work.team = totals.team
            and at_work.day = totals.slot_date

),

slots as (

    select
        team,
        as_of_date as since,
        day as slot_date,
        owner_id,
        kept_count,
        row_number() over (roster order by round, turn) as slot,
        count(*) over roster as slots
    from rounds
    window roster as (partition by team, as_of_date, day)

)

select * from slots
