with scores as (

    select * from {{ ref('lead_scores_all') }}

),

followed as (

    select
        lead_id,
        ruleset,
        total_points,
        score,
        lag(score) over best_last as previous_score
    from scores
    window best_last as (partition by ruleset order by total_points, score)

)

select
    lead_id,
    ruleset,
    total_points,
    score,
    previous_score
from followed
where score < previous_score or score not between 0 and 100
