{# A view: it is the champion alone, for an account has one score. #}
{{ config(materialized='view') }}

with rulesets as (

    select * from {{ ref('rulesets') }}

),

days as (

    select {{ as_of_to() }} as as_of_date

),

champions as (

    {{ champions('rulesets', 'account', 'days') }}

),

fingerprints as (

    select * from {{ ref('ruleset_fingerprints') }}

),

of_accounts as (

    select
        rulesets.ruleset,
        rulesets.scorecard,
        rulesets.status,
        rulesets.effective_from,
        rulesets.curve_points,
        rulesets.score_at_curve_points,
        rulesets.start_grade,
        rulesets.description,
        rulesets.reasons_first,
        fingerprints.ruleset_fingerprint
    from rulesets
    inner join champions
        on rulesets.ruleset = champions.ruleset
    inner join fingerprints
        on rulesets.ruleset = fingerprints.ruleset

)

select * from of_accounts
