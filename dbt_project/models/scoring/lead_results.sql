with lead_points as (

    select * from {{ ref('lead_points') }}

),

lead_grades as (

    select * from {{ ref('lead_grades') }}

),

lead_levels as (

    select * from {{ ref('lead_levels') }}

),

lead_stages as (

    select * from {{ ref('lead_stages') }}

),

ruleset_fingerprints as (

    select * from {{ ref('ruleset_fingerprints') }}

),

results as (

    select
        lead_points.lead_id,
        lead_points.valid_from,
        lead_points.valid_to,
        lead_points.ruleset,
        ruleset_fingerprints.ruleset_fingerprint,
        lead_points.demographic_points,
        lead_points.firmographic_points,
        lead_points.behavioral_points,
        lead_points.negative_points,
        lead_points.adjustment_points,
        lead_points.total_points,
        lead_points.score,
        lead_grades.grade,
        lead_levels.engagement_level,
        left(lead_grades.grade, 1) || lead_levels.engagement_level as segment,
        lead_stages.is_excluded,
        lead_stages.exclusion_reason,
        lead_stages.stage,
        lead_stages.is_mql,
        lead_stages.priority,
        lead_stages.queue,
        lead_stages.action,
        lead_stages.sla_hours
    from lead_points
    inner join lead_grades
        on
            lead_points.lead_id = lead_grades.lead_id
            and lead_points.valid_from = lead_grades.valid_from
            and lead_points.ruleset = lead_grades.ruleset
    inner join lead_levels
        on
            lead_points.lead_id = lead_levels.lead_id
            and lead_points.valid_from = lead_levels.valid_from
            and lead_points.ruleset = lead_levels.ruleset
    inner join lead_stages
        on
            lead_points.lead_id = lead_stages.lead_id
            and lead_points.valid_from = lead_stages.valid_from
            and lead_points.ruleset = lead_stages.ruleset
    inner join ruleset_fingerprints
        on lead_points.ruleset = ruleset_fingerprints.ruleset

)

select * from results
