{{ config(materialized='view') }}

with alerts as (

    select max(stay_days) as most_days
    from {{ ref('alert_limits') }}

),

scored_days as (

    select
        ruleset,
        as_of_date
    from {{ ref('lead_score_summary') }}
    where as_of_date between {{ crossings_from() }} and {{ as_of_to() }}
    group by ruleset, as_of_date

),

-- What counts on the first day may have begun so many scored days before.
needed as (

    select scored_days.*
    from scored_days
    cross join alerts
    qualify
        scored_days.as_of_date >= {{ as_of_from() }}
        or row_number() over (
            partition by
                scored_days.ruleset, scored_days.as_of_date < {{ as_of_from() }}
            order by scored_days.as_of_date desc
        ) <= alerts.most_days

),

counted as (

    select
        *,
        count(*) over (partition by ruleset) as day_count
    from needed

)

select * from counted
