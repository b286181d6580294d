{{ config(alias='rulesets') }}

with rulesets as (

    select * from {{ ref('rulesets') }}

),

fingerprints as (

    select * from {{ ref('ruleset_fingerprints') }}

),

shown as (

    select distinct ruleset
    from {{ ref('lead_scores') }}

),

published as (

    select
        rulesets.ruleset,
        rulesets.scorecard,
        rulesets.status,
        rulesets.effective_from,
        rulesets.description,
        rulesets.curve_points,
        rulesets.score_at_curve_points,
        rulesets.start_grade,
        fingerprints.ruleset_fingerprint,
        -- In an experiment leads are shown under its challenger as well.
        shown.ruleset is not null and rulesets.status = 'champion' as is_shown
    from rulesets
    left join fingerprints
        on rulesets.ruleset = fingerprints.ruleset
    left join shown
        on rulesets.ruleset = shown.ruleset

)

select * from published
