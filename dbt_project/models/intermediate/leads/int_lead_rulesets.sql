{{ config(materialized='view') }}

with rulesets as (

    select * from {{ ref('rulesets') }}

),

-- Those of the scorecard `account` price companies: accounts, not leads, are scored.
of_leads as (

    select
        ruleset,
        scorecard,
        status,
        effective_from,
        curve_points,
        score_at_curve_points,
        start_grade,
        description,
        reasons_first
    from rulesets
    where scorecard != 'account'

)

select * from of_leads
