with history as (

    select * from {{ ref('lead_score_history') }}

),

summary as (

    select
        as_of_date,
        ruleset,
        grade,
        engagement_level,
        stage,
        count(*) as lead_count,
        cast(avg(score) as decimal(5, 2)) as average_score,
        cast(avg(total_points) as decimal(18, 4)) as average_points
    from history
    group by as_of_date, ruleset, grade, engagement_level, stage

)

select * from summary
