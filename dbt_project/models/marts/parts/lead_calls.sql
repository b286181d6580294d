with results as (

    select * from {{ ref('lead_results') }}
    where
        valid_to = {{ as_of_to() }}
        and queue is not null

),

movements as (

    select * from {{ ref('lead_movements') }}

),

traits as (

    select * from {{ ref('int_lead_traits') }}

),

-- The time to act counts from the request, or from the end of the day that brought the
-- stage; whom sales has touched since is due again as long after that.
due as (

    select
        results.lead_id,
        results.ruleset,
        results.queue,
        results.priority,
        results.total_points,
        greatest(
            coalesce(results.requested_at, {{ end_of_day('movements.stage_since') }}),
            traits.last_touched_at
        ) + results.sla_hours * interval 1 hour as due_at
    from results
    inner join movements
        on
            results.lead_id = movements.lead_id
            and results.ruleset = movements.ruleset
    inner join traits
        on results.span_id = traits.span_id

),

known as (

    select
        *,
        coalesce({{ company_date('due_at') }} < {{ as_of_to() }}, false) as is_overdue
    from due

),

calls as (

    select
        lead_id,
        ruleset,
        due_at,
        is_overdue,
        {{ call_rank('ruleset, queue') }} as call_rank
    from known

)

select * from calls
