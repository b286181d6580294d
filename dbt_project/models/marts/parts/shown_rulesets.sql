{{ config(materialized='view') }}

with days as (

    select * from {{ ref('int_scored_days') }}

),

rulesets as (

    select * from {{ ref('rulesets') }}

),

-- One that was stopped has a second row, with its end.
experiments as (

    select
        ruleset_decisions.experiment,
        ruleset_decisions.ruleset,
        ruleset_decisions.ruleset_before,
        ruleset_decisions.share,
        ruleset_decisions.from_date,
        min(ruleset_decisions.until_date) as until_date
    from {{ ref('ruleset_decisions') }} as ruleset_decisions
    inner join rulesets
        on ruleset_decisions.ruleset = rulesets.ruleset
    where
        ruleset_decisions.decision in ('experiment', 'experiment stopped')
    group by all

),

champions as (

    {{ champions('rulesets', this_run('scorecard'), 'days') }}

),

champion_arms as (

    select
        champions.as_of_date,
        champions.ruleset,
        experiments.experiment,
        experiments.ruleset as challenger,
        experiments.share as from_share,
        1 as below_share
    from champions
    left join experiments
        on
            champions.ruleset = experiments.ruleset_before
            and champions.as_of_date
            between experiments.from_date and experiments.until_date

),

shown as (

    select * exclude (challenger)
    from champion_arms
    union all by name
    select
        as_of_date,
        challenger as ruleset,
        experiment,
        0 as from_share,
        from_share as below_share
    from champion_arms
    where challenger is not null

)

select * from shown
