{{ config(materialized='view') }}

with reasons as (

    select * from {{ ref('lead_reasons') }}

),

results as (

    select * from {{ ref('lead_results') }}
    where valid_to = {{ as_of_to() }}

),

topics as (

    select * from {{ ref('lead_topics') }}

),

-- Far fewer totals than leads: they are sorted, not the leads.
ranks as (

    select
        ruleset,
        total_points,
        cast(
            1 + sum(count(*)) over (
                partition by ruleset order by total_points desc
            ) - count(*) as bigint
        ) as score_rank
    from results
    group by ruleset, total_points

),

highlights as (

    select
        results.*,
        ranks.score_rank,
        reasons.top_reasons,
        topics.top_topic
    from results
    inner join ranks
        on
            results.ruleset = ranks.ruleset
            and results.total_points = ranks.total_points
    left join reasons
        on
            results.lead_id = reasons.lead_id
            and results.ruleset = reasons.ruleset
    left join topics
        on results.lead_id = topics.lead_id

)

-- The columns of lead_results, and those of this model.
select * from highlights -- noqa: AM04
