{{ config(materialized='view') }}

with lead_grades as (

    select * from {{ ref('lead_grades') }}

),

rulesets as (

    select * from {{ ref('rulesets') }}

),

-- Far fewer points than leads.
totals as (

    select distinct
        ruleset,
        total_points
    from lead_grades

),

scored as (

    select
        totals.ruleset,
        totals.total_points,
        {{ score_curve(
            'totals.total_points', 'rulesets.curve_points',
            'rulesets.score_at_curve_points'
        ) }} as score
    from totals
    inner join rulesets
        on totals.ruleset = rulesets.ruleset

)

select * from scored
