with scores as (

    select * from {{ ref('lead_scores_all') }}

),

factors as (

    select * from {{ ref('lead_score_factors') }}

),

sums as (

    select
        lead_id,
        ruleset,
        coalesce(sum(points) filter (where dimension = 'demographic'), 0)
            as demographic_points,
        coalesce(sum(points) filter (where dimension = 'firmographic'), 0)
            as firmographic_points,
        coalesce(sum(points) filter (where dimension = 'behavioral'), 0)
            as behavioral_points,
        coalesce(sum(points) filter (where dimension = 'negative'), 0)
            as negative_points,
        coalesce(sum(points) filter (where dimension = 'adjustment'), 0)
            as adjustment_points,
        sum(points) as total_points
    from factors
    group by lead_id, ruleset

)

select
    scores.lead_id,
    scores.ruleset,
    scores.total_points,
    sums.total_points as factor_points
from scores
left join sums
    on
        scores.lead_id = sums.lead_id
        and scores.ruleset = sums.ruleset
where
    -- A lead without a factor has no points.
    scores.demographic_points != coalesce(sums.demographic_points, 0)
    or scores.firmographic_points != coalesce(sums.firmographic_points, 0)
    or scores.behavioral_points != coalesce(sums.behavioral_points, 0)
    or scores.negative_points != coalesce(sums.negative_points, 0)
    or scores.adjustment_points != coalesce(sums.adjustment_points, 0)
    or scores.total_points != coalesce(sums.total_points, 0)
