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

    select
        as_of_date,
        cast(unnest(generate_series(
            as_of_date, as_of_date + {{ days_waited() }}, interval 1 day
        )) as date) as day
    from {{ ref('int_scored_days') }}

),

team_days as (

    select
        members.team,
        members.owner_id,
        days.as_of_date,
        days.day,
        members.capacity_per_day
    from members
    inner join days
        on members.as_of_date = days.as_of_date
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
