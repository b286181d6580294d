{# A view: it is read once. #}
{{ config(materialized='view') }}

with results as (

    select * from {{ ref('lead_results') }}
    where valid_to = {{ as_of_to() }}

),

-- However many targets pass for the first, a lead has one rank and one probability.
probabilities as (

    select
        lead_id,
        ruleset,
        min_by(probability, target) as probability
    from {{ ref('lead_score_probabilities') }}
    where is_first_target
    group by lead_id, ruleset

),

-- Far fewer totals than leads: they are sorted, not the leads.
ranks as (

    select
        ruleset,
        total_points,
        cast(1 + sum(count(*)) over (
            partition by ruleset order by total_points desc
        ) - count(*) as bigint) as score_rank
    from results
    group by ruleset, total_points

),

ranked as (

    select
        results.lead_id,
        results.ruleset,
        ranks.score_rank,
        probabilities.probability
    from results
    inner join ranks
        on
            results.ruleset = ranks.ruleset
            and results.total_points = ranks.total_points
    left join probabilities
        on
            results.lead_id = probabilities.lead_id
            and results.ruleset = probabilities.ruleset

)

select * from ranked
