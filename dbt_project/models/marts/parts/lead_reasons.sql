{{ config(materialized='view') }}

with factors as (

    select * from {{ ref('lead_score_factors') }}

),

ranked as (

    select
        lead_id,
        ruleset,
        reason,
        row_number() over (
            partition by lead_id, ruleset order by points desc, rule_id asc
        ) as reason_rank
    from factors
    where points > 0

),

reasons as (

    select
        lead_id,
        ruleset,
        concat_ws(
            '; ',
            max(reason) filter (where reason_rank = 1),
            max(reason) filter (where reason_rank = 2),
            max(reason) filter (where reason_rank = 3)
        ) as top_reasons
    from ranked
    where reason_rank <= 3
    group by lead_id, ruleset

)

select * from reasons
