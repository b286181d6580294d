with checks as (

    select * from {{ ref('qualification_checks') }}

),

-- The first row of which every condition holds.
qualified as (

    select
        span_id,
        ruleset,
        min(row_order) as row_order,
        min_by(row(requested_at), row_order)[1] as requested_at
    from checks
    where
        has_grade
        and missing_points = 0
        and missing_behavioral_points = 0
        and has_activity
        and has_signal
    group by span_id, ruleset

)

select * from qualified
