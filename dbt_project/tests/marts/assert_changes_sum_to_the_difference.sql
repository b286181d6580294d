with changes as (

    select * from {{ ref('lead_score_changes') }}
    where as_of_date = {{ as_of_to() }}

),

history as (

    select * from {{ ref('lead_score_history') }}

),

days as (

    select * from {{ ref('compared_days') }}

),

explained as (

    select
        lead_id,
        ruleset,
        sum(points_change) as points_change
    from changes
    group by lead_id, ruleset

),

compared as (

    select
        today.lead_id,
        today.ruleset,
        today.total_points - before.total_points as difference,
        coalesce(explained.points_change, 0) as points_change
    from days
    inner join history as today
        on days.as_of_date = today.as_of_date
    inner join history as before
        on
            days.previous_date = before.as_of_date
            and today.lead_id = before.lead_id
            and today.ruleset = before.ruleset
    left join explained
        on
            today.lead_id = explained.lead_id
            and today.ruleset = explained.ruleset

)

select *
from compared
where difference != points_change
