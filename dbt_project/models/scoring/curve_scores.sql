{{ config(materialized='view') }}

with lead_points as (

    select * from {{ ref('lead_points') }}

),

rulesets as (

    select * from {{ ref('rulesets') }}

),

-- Far fewer points than leads.
totals as (

    select distinct
        ruleset,
        total_points
    from lead_points

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
