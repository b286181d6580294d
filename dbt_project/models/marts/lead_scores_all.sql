with results as (

    select * from {{ ref('lead_highlights') }}

),

traits as (

    select * from {{ ref('int_lead_traits') }}

),

movements as (

    select * from {{ ref('lead_movements') }}

),

scores as (

    select
        results.lead_id,
        {{ as_of_to() }} as as_of_date,
        results.ruleset,
        results.ruleset_fingerprint,
        results.demographic_points,
        results.firmographic_points,
        results.behavioral_points,
        results.negative_points,
        results.adjustment_points,
        results.total_points,
        results.score,
        results.score_rank,
        results.grade,
        results.engagement_level,
        results.segment,
        results.stage,
        results.is_mql,
        results.priority,
        results.queue,
        results.action,
        results.sla_hours,
        results.is_excluded,
        results.exclusion_reason,
        results.top_reasons,
        results.top_topic,
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
        results.completeness_pct,
        traits.owner_id,
        traits.account_id,
        traits.lead_source,
        traits.partner_id,
        traits.country_code as country,
        traits.industry,
        traits.size_band,
        traits.seniority,
        traits.department,
        traits.created_at as lead_created_at,
        traits.attributes_backdated,
        '{{ env_var('LEADSCORE_BUILD_ID', 'none') }}' as build_id
    from results
    inner join traits
        on results.span_id = traits.span_id
    left join movements
        on
            results.lead_id = movements.lead_id
            and results.ruleset = movements.ruleset

)

select * from scores
