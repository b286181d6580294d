{{ config(materialized='view') }}

with history as (

    select * from {{ ref('lead_score_history') }}
    where as_of_date <= {{ as_of_to() }}

),

results as (

    select * from {{ ref('lead_results') }}
    where valid_to = {{ as_of_to() }}

),

outlook as (

    select * from {{ ref('stg_pipeline__outlook') }}

),

moved as (

    select
        history.lead_id,
        history.ruleset,
        max_by(history.score, history.as_of_date) filter (
            where history.as_of_date < {{ as_of_to() }}
        ) as previous_score,
        max(history.score) filter (
            where history.as_of_date = {{ as_of_to() }} - 7
        ) as score_7_days_ago,
        max(history.score) filter (
            where history.as_of_date = {{ as_of_to() }} - 30
        ) as score_30_days_ago,
        min(history.as_of_date) filter (where history.is_mql) as first_mql_date,
        min(history.as_of_date) as first_date,
        max(history.as_of_date) filter (
            where history.stage is distinct from results.stage
        ) as other_stage_until
    from history
    inner join results
        on
            history.lead_id = results.lead_id
            and history.ruleset = results.ruleset
    group by history.lead_id, history.ruleset

),

scored_days as (

    select
        as_of_date,
        lead(as_of_date) over (order by as_of_date) as next_date
    from history
    group by as_of_date

),

movements as (

    select
        moved.*,
        coalesce(scored_days.next_date, moved.first_date) as stage_since,
        outlook.qualifies_until
    from moved
    left join scored_days
        on moved.other_stage_until = scored_days.as_of_date
    left join outlook
        on
            moved.lead_id = outlook.lead_id
            and moved.ruleset = outlook.ruleset

)

select * from movements
