{# A view: the rows stand in lead_scores_all. #}
{{ config(materialized='view') }}

with scores as (

    select * from {{ ref('lead_scores_all') }}

),

rulesets as (

    select * from {{ ref('rulesets') }}

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

    select scores.*
    from scores
    inner join champions
        on scores.ruleset = champions.ruleset

)

-- The columns are those of lead_scores_all, in its order.
select * from shown -- noqa: AM04
