with spans as (

    select * from {{ ref('int_lead_spans') }}

),

lead_stages as (

    select * from {{ ref('lead_stages') }}

),

curve_scores as (

    select * from {{ ref('curve_scores') }}

),

lead_levels as (

    select * from {{ ref('lead_levels') }}

),

ruleset_fingerprints as (

    select * from {{ ref('ruleset_fingerprints') }}

),

results as (

    select
        lead_stages.span_id,
        spans.lead_id,
        spans.valid_from,
        spans.valid_to,
        lead_stages.ruleset,
        ruleset_fingerprints.ruleset_fingerprint,
        lead_stages.demographic_points,
        lead_stages.firmographic_points,
        lead_stages.behavioral_points,
        lead_stages.negative_points,
        lead_stages.adjustment_points,
        lead_stages.total_points,
        curve_scores.score,
        lead_stages.completeness_pct,
        lead_stages.grade,
        lead_levels.engagement_level,
        left(lead_stages.grade, 1) || lead_levels.engagement_level as segment,
        lead_stages.is_excluded,
        lead_stages.exclusion_reason,
        lead_stages.stage,
        lead_stages.is_mql,
        lead_stages.priority,
        lead_stages.queue,
        lead_stages.action,
        lead_stages.sla_hours
    from lead_stages
    inner join spans
        on lead_stages.span_id = spans.span_id
    inner join curve_scores
        on
            lead_stages.ruleset = curve_scores.ruleset
            and lead_stages.total_points = curve_scores.total_points
    inner join lead_levels
        on
            lead_stages.ruleset = lead_levels.ruleset
            and lead_stages.behavioral_points = lead_levels.behavioral_points
    inner join ruleset_fingerprints
        on lead_stages.ruleset = ruleset_fingerprints.ruleset

)

select * from results
