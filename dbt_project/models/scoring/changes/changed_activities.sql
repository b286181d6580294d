with {{ before_and_today(ref('kept_counts')) }},

-- A day that only left the window is here too: aged_points finds it worth nothing.
changed as (

    select distinct
        coalesce(before.lead_id, today.lead_id) as lead_id,
        coalesce(before.count_key, today.count_key) as count_key
    from before
    full outer join today
        on
            before.lead_id = today.lead_id
            and before.count_key = today.count_key
            and before.activity_date = today.activity_date
    where before.event_count is distinct from today.event_count

)

select * from changed
