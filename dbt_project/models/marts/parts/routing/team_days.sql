with members as (

    select
        *,
        '|' || works_on || '|' as weekdays
    from {{ ref('active_members') }}

),

holidays as (

    select * from {{ ref('holidays') }}

),

-- A call of a day on which nobody works waits for the next one of these.
days as (

    select cast(unnest(generate_series(
        {{ as_of_from() }}, {{ as_of_to() }} + {{ days_waited() }}, interval 1 day
    )) as date) as day

),

team_days as (

    select
        members.team,
        members.owner_id,
        days.day,
        members.capacity_per_day
    from members
    cross join days
    left join holidays
        on
            members.calendar = holidays.calendar
            and days.day = holidays.day
    where
        holidays.day is null
        and contains(members.weekdays, '|' || lower(strftime(days.day, '%a')) || '|')
        and days.day >= coalesce(members.from_date, days.day)
        and days.day <= coalesce(members.until_date, days.day)
        and not coalesce(
            days.day between members.away_from and members.away_until, false
        )

)

select * from team_days
