with lead_points as (

    select * from {{ ref('lead_points') }}

),

spans as (

    select * from {{ ref('int_lead_spans') }}

),

profile_grades as (

    select * from {{ ref('profile_grades') }}

),

exclusions as (

    select * from {{ ref('profile_exclusions') }}

),

lead_qualifications as (

    select * from {{ ref('lead_qualifications') }}

),

qualification as (

    select * from {{ ref('qualification') }}

),

lead_levels as (

    select * from {{ ref('lead_levels') }}

),

rulesets as (

    select * from {{ ref('int_lead_rulesets') }}

),

fingerprints as (

    select * from {{ ref('ruleset_fingerprints') }}

),

results as (

    select
        lead_points.span_id,
        spans.lead_id,
        spans.valid_from,
        spans.valid_to,
        lead_points.ruleset,
        fingerprints.ruleset_fingerprint,
        {% for dimension in dimensions() %}
            lead_points.{{ dimension }}_points,
        {% endfor %}
        lead_points.adjustment_points,
        lead_points.total_points,
        {{ score_curve(
            'lead_points.total_points', 'rulesets.curve_points',
            'rulesets.score_at_curve_points'
        ) }} as score,
        profile_grades.completeness_pct,
        profile_grades.grade,
        lead_levels.engagement_level,
        left(profile_grades.grade, 1) || lead_levels.engagement_level as segment,
        coalesce(exclusions.effect = 'excluded', false) as is_excluded,
        exclusions.reason as exclusion_reason,
        case
            when exclusions.effect = 'excluded' then 'excluded'
            else qualification.stage
        end as stage,
        coalesce(exclusions.effect != 'excluded', true)
        and coalesce(qualification.is_mql, false) as is_mql,
        -- Nobody is asked to act on a lead that is excluded or held back.
        if(exclusions.effect is null, qualification.priority, null) as priority,
        if(exclusions.effect is null, qualification.queue, null) as queue,
        if(exclusions.effect is null, qualification.action, null) as action,
        if(exclusions.effect is null, qualification.sla_hours, null) as sla_hours,
        lead_qualifications.requested_at
    from lead_points
    inner join spans
        on lead_points.span_id = spans.span_id
    inner join rulesets
        on lead_points.ruleset = rulesets.ruleset
    inner join fingerprints
        on lead_points.ruleset = fingerprints.ruleset
    inner join profile_grades
        on
            lead_points.profile_id = profile_grades.profile_id
            and lead_points.ruleset = profile_grades.ruleset
    inner join lead_levels
        on
            lead_points.ruleset = lead_levels.ruleset
            and lead_points.behavioral_points = lead_levels.behavioral_points
    left join exclusions
        on
            lead_points.profile_id = exclusions.profile_id
            and lead_points.ruleset = exclusions.ruleset
    -- A lead for whom no row of qualification holds has no stage, but is not lost.
    left join lead_qualifications
        on
            lead_points.span_id = lead_qualifications.span_id
            and lead_points.ruleset = lead_qualifications.ruleset
    left join qualification
        on
            lead_qualifications.ruleset = qualification.ruleset
            and lead_qualifications.row_order = qualification.row_order

)

select * from results
