{{ config(materialized='view') }}

with rulesets as (

    select * from {{ ref('rulesets') }}

),

experiments as (

    select
        ruleset_decisions.experiment,
        ruleset_decisions.ruleset,
        ruleset_decisions.ruleset_before,
        ruleset_decisions.share
    from {{ ref('ruleset_decisions') }} as ruleset_decisions
    inner join rulesets
        on ruleset_decisions.ruleset = rulesets.ruleset
    where
        ruleset_decisions.decision = 'experiment'
        and ruleset_decisions.experiment = '{{ this_run("experiment") }}'

),

champions as (

    {{ champion_of('rulesets', this_run('scorecard')) }}

),

shown as (

    select
        champions.ruleset,
        experiments.experiment,
        experiments.share as from_share,
        1 as below_share
    from champions
    left join experiments
        on champions.ruleset = experiments.ruleset_before
    union all by name
    select
        experiments.ruleset,
        experiments.experiment,
        0 as from_share,
        experiments.share as below_share
    from experiments
    inner join champions
        on experiments.ruleset_before = champions.ruleset

)

select * from shown
