{{ config(materialized='view') }}

with factors as (

    select * from {{ ref('lead_score_factors') }}

),

reasons as (

    select
        lead_id,
        ruleset,
        array_to_string(
            min_by(reason, row(-points, rule_id), 3), '; '
        ) as top_reasons
    from factors
    where points > 0
    group by lead_id, ruleset

)

select * from reasons
