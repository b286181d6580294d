with activity_days as (

    select * from {{ ref('int_activity_days') }}
    where not_counted_reason is null and activity_date <= {{ as_of_to() }}

),

qualification as (

    select * from {{ ref('qualification') }}

),

members as (

    select * from {{ ref('int_lead_members') }}
    where {{ as_of_to() }} between valid_from and valid_to

),

-- A request is what qualifies a lead by itself, at any grade: a row that asks for it.
requests as (

    select
        unnest({{ names_in('if_activity') }}) as activity,
        coalesce(within_days, {{ days_between("date '1900-01-01'", as_of_to()) }})
            as within_days
    from qualification
    where if_activity is not null and min_grade is null

),

asked as (

    select
        activity,
        max(within_days) as within_days
    from requests
    group by activity

),

unowned as (

    select
        activity_days.identifier_type,
        activity_days.identifier,
        activity_days.activity,
        max(activity_days.last_at) as last_at
    from activity_days
    inner join asked
        on
            activity_days.activity = asked.activity
            and {{ days_between('activity_days.activity_date', as_of_to()) }}
            < asked.within_days
    anti join members
        on
            activity_days.identifier_type = members.identifier_type
            and activity_days.identifier = members.identifier
    group by
        activity_days.identifier_type, activity_days.identifier, activity_days.activity

)

select * from unowned
