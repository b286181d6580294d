with last_activities as (

    select * from {{ ref('int_lead_last_activities') }}

),

signals_asked as (

    select * from {{ ref('int_signals_asked') }}

),

-- The age from which an activity changes nothing more; null: it always does.
rule_ages as (

    select
        case decay
            when 'half_life' then null
            when 'linear' then decay_days
            else coalesce(window_days, 0)
        end as settled_age
    from {{ ref('activity_rules') }}

    union all

    select coalesce(within_days, 0) as settled_age
    from {{ ref('qualification') }}

    union all

    select coalesce(within_days, 0) as settled_age
    from {{ ref('segments') }}

    union all

    select null as settled_age
    from signals_asked
    where signal = 'days_since_last_activity'

),

horizon as (

    select
        case
            when count(settled_age) = count(*) then max(settled_age)
        end as settled_age
    from rule_ages

),

moving as (

    select
        last_activities.lead_id,
        last_activities.as_of_date
    from last_activities
    cross join horizon
    where
        horizon.settled_age is null
        -- The first settled day begins the span of all that follow.
        or last_activities.as_of_date
        <= last_activities.last_activity_date + cast(horizon.settled_age as integer)

)

select * from moving
