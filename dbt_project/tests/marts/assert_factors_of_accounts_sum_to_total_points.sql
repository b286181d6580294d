with scores as (

    select * from {{ ref('account_scores') }}

),

sums as (

    select
        account_id,
        sum(points) as total_points
    from {{ ref('account_score_factors') }}
    group by account_id

)

select
    scores.account_id,
    scores.total_points,
    sums.total_points as factor_points
from scores
left join sums
    on scores.account_id = sums.account_id
-- An account without a factor has no points.
where scores.total_points != coalesce(sums.total_points, 0)
