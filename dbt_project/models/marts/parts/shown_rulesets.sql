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

-- The newest champion in effect; before the first took effect, the first.
champions as (

    select ruleset
    from rulesets
    where
        status = 'champion'
        and scorecard = '{{ this_run("scorecard") }}'
    qualify
        row_number() over (
            order by
                effective_from <= {{ as_of_to() }} desc,
                abs({{ days_between(
                    'effective_from', as_of_to()
                ) }}) asc,
                ruleset asc
        ) = 1

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
