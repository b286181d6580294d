with history as (

    select * from {{ ref('lead_score_history') }}

),

stage_orders as (

    select * from {{ ref('stage_orders') }}

),

counted as (

    select
        as_of_date,
        ruleset,
        grade,
        engagement_level,
        stage,
        count(*) as lead_count,
        count_if(is_mql) as mql_count,
        count_if(stage = 'excluded') as excluded_count,
        sum(score) as score_sum,
        sum(total_points) as points_sum
    from history
    group by as_of_date, ruleset, grade, engagement_level, stage

),

summary as (

    select
        counted.as_of_date,
        counted.ruleset,
        counted.grade,
        {{ grade_rank('counted.grade') }} as grade_rank,
        counted.engagement_level,
        counted.stage,
        stage_orders.stage_order,
        counted.lead_count,
        cast(counted.mql_count as bigint) as mql_count,
        cast(counted.excluded_count as bigint) as excluded_count,
        cast(counted.score_sum as decimal(18, 2)) as score_sum,
        cast(counted.points_sum as decimal(22, 4)) as points_sum,
        cast(counted.score_sum / counted.lead_count as decimal(5, 2)) as average_score,
        cast(
            counted.points_sum / counted.lead_count as decimal(18, 4)
        ) as average_points
    from counted
    left join stage_orders
        on
            counted.ruleset = stage_orders.ruleset
            and counted.stage = stage_orders.stage

)

select * from summary
