with results as (

    select * from {{ ref('lead_results') }}
    where valid_to = {{ as_of_to() }}

),

traits as (

    select * from {{ ref('int_lead_traits') }}

),

reasons as (

    select * from {{ ref('lead_reasons') }}

),

topics as (

    select * from {{ ref('lead_topics') }}

),

movements as (

    select * from {{ ref('lead_movements') }}

),

calls as (

    select * from {{ ref('lead_calls') }}

),

ranks as (

    select * from {{ ref('lead_ranks') }}

),

scores as (

    select
        results.lead_id,
        {{ as_of_to() }} as as_of_date,
        results.ruleset,
        results.ruleset_fingerprint,
        {% for dimension in dimensions() %}
            results.{{ dimension }}_points,
        {% endfor %}
        results.adjustment_points,
        results.total_points,
        results.score,
        ranks.probability,
        ranks.score_rank,
        results.grade,
        {{ grade_rank('results.grade') }} as grade_rank,
        results.engagement_level,
        results.segment,
        results.stage,
        stage_orders.stage_order,
        results.is_mql,
        results.priority,
        results.queue,
        results.action,
        results.sla_hours,
        calls.due_at,
        coalesce(calls.is_overdue, false) as is_overdue,
        calls.call_rank,
        movements.stage_since,
        results.is_excluded,
        results.exclusion_reason,
        reasons.top_reasons,
        topics.top_topic,
        movements.previous_score,
        cast(
            results.score - movements.score_7_days_ago as decimal(5, 2)
        ) as score_change_7d,
        cast(
            results.score - movements.score_30_days_ago as decimal(5, 2)
        ) as score_change_30d,
        movements.first_mql_date,
        movements.qualifies_until,
        traits.last_activity_at,
        traits.last_touched_at,
        results.completeness_pct,
        traits.owner_id,
        traits.account_id,
        traits.lead_source,
        traits.partner_id,
        traits.country,
        traits.industry,
        traits.size_band,
        traits.seniority,
        traits.department,
        traits.created_at as lead_created_at,
        traits.attributes_backdated,
        '{{ this_run("build_id") }}' as build_id
    from results
    inner join traits
        on results.span_id = traits.span_id
    inner join ranks
        on
            results.lead_id = ranks.lead_id
            and results.ruleset = ranks.ruleset
    left join reasons
        on
            results.lead_id = reasons.lead_id
            and results.ruleset = reasons.ruleset
    left join topics
        on results.lead_id = topics.lead_id
    left join movements
        on
            results.lead_id = movements.lead_id
            and results.ruleset = movements.ruleset
    left join {{ ref('stage_orders') }} as stage_orders
        on
            results.ruleset = stage_orders.ruleset
            and results.stage = stage_orders.stage
    left join calls
        on
            results.lead_id = calls.lead_id
            and results.ruleset = calls.ruleset

)

select * from scores
