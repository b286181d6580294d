{% set parts = dimensions() + ['adjustment'] %}

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
        {% for part in parts %}
            sum(points) filter (where dimension = '{{ part }}') as {{ part }}_points,
        {% endfor %}
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
    scores.total_points != coalesce(sums.total_points, 0)
    {% for part in parts %}
        or scores.{{ part }}_points != coalesce(sums.{{ part }}_points, 0)
    {% endfor %}
