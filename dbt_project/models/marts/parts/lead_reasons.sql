with factors as (

    select * from {{ ref('lead_score_factors') }}

),

ranked as (

    select
        *,
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
        string_agg(reason, '; ' order by reason_rank) as top_reasons
    from ranked
    where reason_rank <= 3
    group by lead_id, ruleset

)

select * from reasons
