{# A view: the rows stand in lead_scores_all. #}
{{ config(materialized='view') }}

with scores as (

    select * from {{ ref('lead_scores_all') }}

),

rulesets as (

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

-- In an experiment with the champion, the lead's bucket says under which of the two.
arms as (

    select scores.*
    from scores
    cross join champions
    left join experiments
        on champions.ruleset = experiments.ruleset_before
    where
        scores.ruleset = if(
            {{ experiment_bucket('scores.lead_id', 'experiments.experiment') }}
            < experiments.share,
            experiments.ruleset, champions.ruleset
        )

),

-- Both arms stand in the same queues.
shown as (

    select
        * replace (
            if(queue is null, null, {{ call_rank('queue') }}) as call_rank
        )
    from arms

)

-- The columns are those of lead_scores_all, in its order.
select * from shown -- noqa: AM04
