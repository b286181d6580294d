with kept as (

    select * from {{ ref('kept_counts') }}

),

days as (

    select * from {{ ref('compared_days') }}

),

before as (

    select kept.*
    from kept
    inner join days
        on kept.as_of_date = days.previous_date

),

today as (

    select kept.*
    from kept
    inner join days
        on kept.as_of_date = days.as_of_date

),

-- A day that only left the window is here too: aged_points finds it worth nothing.
changed as (

    select distinct
        coalesce(before.lead_id, today.lead_id) as lead_id,
        coalesce(before.ruleset, today.ruleset) as ruleset,
        coalesce(before.rule_id, today.rule_id) as rule_id
    from before
    full outer join today
        on
            before.lead_id = today.lead_id
            and before.ruleset = today.ruleset
            and before.rule_id = today.rule_id
            and before.activity_date = today.activity_date
    where before.event_count is distinct from today.event_count

)

select * from changed
