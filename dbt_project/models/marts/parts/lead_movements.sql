{{ config(materialized='view') }}

with history as (

    select * from {{ ref('lead_score_history') }}
    where as_of_date <= {{ as_of_to() }}

),

outlook as (

    select * from {{ ref('stg_pipeline__outlook') }}

),

moved as (

    select
        lead_id,
        ruleset,
        max_by(score, as_of_date) filter (
            where as_of_date < {{ as_of_to() }}
        ) as previous_score,
        max(score) filter (
            where as_of_date = {{ as_of_to() }} - 7
        ) as score_7_days_ago,
        max(score) filter (
            where as_of_date = {{ as_of_to() }} - 30
        ) as score_30_days_ago,
        min(as_of_date) filter (where is_mql) as first_mql_date
    from history
    group by lead_id, ruleset

),

movements as (

    select
        moved.*,
        outlook.qualifies_until
    from moved
    left join outlook
        on
            moved.lead_id = outlook.lead_id
            and moved.ruleset = outlook.ruleset

)

select * from movements
