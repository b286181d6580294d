{{ config(materialized='view') }}

with group_points as (

    select * from {{ ref('group_points') }}

),

caps as (

    select * from {{ ref('caps') }}
    where scope = 'dimension'

),

summed as (

    select
        lead_id,
        valid_from,
        ruleset,
        dimension,
        sum(points) as points
    from group_points
    group by lead_id, valid_from, ruleset, dimension

),

capped as (

    select
        summed.lead_id,
        summed.valid_from,
        summed.ruleset,
        summed.dimension,
        cast(summed.points as decimal(18, 4)) as uncapped_points,
        cast({{ between_limits(
            'summed.points', 'caps.min_points', 'caps.max_points'
        ) }} as decimal(18, 4)) as points
    from summed
    left join caps
        on
            summed.ruleset = caps.ruleset
            and summed.dimension = caps.name

)

select * from capped
