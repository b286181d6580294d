{# A view: the rows stand in lead_scores_all. #}
{{ config(materialized='view') }}

with scores as (

    select * from {{ ref('lead_scores_all') }}

),

rulesets as (

    select * from {{ ref('shown_rulesets') }}

),

arms as (

    select scores.*
    from scores
    inner join rulesets
        on
            scores.as_of_date = rulesets.as_of_date
            and scores.ruleset = rulesets.ruleset
    where {{ is_shown('scores.lead_id', 'rulesets') }}

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
