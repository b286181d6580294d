with before as (

    select * from {{ ref('compared_counts') }}
    where not is_today

),

today as (

    select * from {{ ref('compared_counts') }}
    where is_today

),

-- A day that only left the window is here too: aged_points finds it worth nothing.
changed as (

    select distinct
        coalesce(before.lead_id, today.lead_id) as lead_id,
        coalesce(before.counting_id, today.counting_id) as counting_id
    from before
    full outer join today
        on
            before.lead_id = today.lead_id
            and before.counting_id = today.counting_id
            and before.activity_date = today.activity_date
    where before.event_count is distinct from today.event_count

)

select * from changed
