{{ config(materialized='view') }}

with spans as (

    select * from {{ ref('int_lead_spans') }}

),

rulesets as (

    select * from {{ ref('rulesets') }}

),

dimension_points as (

    select * from {{ ref('dimension_points') }}

),

adjustments as (

    select * from {{ ref('priced_adjustments') }}

),

by_dimension as (

    select
        lead_id,
        valid_from,
        ruleset,
        sum(points) filter (where dimension = 'demographic') as demographic_points,
        sum(points) filter (where dimension = 'firmographic') as firmographic_points,
        sum(points) filter (where dimension = 'behavioral') as behavioral_points,
        sum(points) filter (where dimension = 'negative') as negative_points
    from dimension_points
    group by lead_id, valid_from, ruleset

),

manual as (

    select
        lead_id,
        valid_from,
        ruleset,
        sum(points) as manual_points
    from adjustments
    group by lead_id, valid_from, ruleset

),

-- Every lead has a row under every ruleset, also without a single factor.
summed as (

    select
        spans.lead_id,
        spans.valid_from,
        spans.valid_to,
        rulesets.ruleset,
        coalesce(by_dimension.demographic_points, 0) as demographic_points,
        coalesce(by_dimension.firmographic_points, 0) as firmographic_points,
        coalesce(by_dimension.behavioral_points, 0) as behavioral_points,
        coalesce(by_dimension.negative_points, 0) as negative_points,
        coalesce(manual.manual_points, 0) as manual_points
    from spans
    cross join rulesets
    left join by_dimension
        on
            spans.lead_id = by_dimension.lead_id
            and spans.valid_from = by_dimension.valid_from
            and rulesets.ruleset = by_dimension.ruleset
    left join manual
        on
            spans.lead_id = manual.lead_id
            and spans.valid_from = manual.valid_from
            and rulesets.ruleset = manual.ruleset

)

select * from summed
