with factors as (

    select * from {{ ref('rule_factors') }}

),

caps as (

    select * from {{ ref('caps') }}
    where scope = 'rule_group'

),

summed as (

    select
        factors.span_id,
        factors.ruleset,
        factors.dimension,
        factors.rule_group,
        caps.min_points,
        caps.max_points,
        sum(factors.points) as points
    from factors
    inner join caps
        on
            factors.ruleset = caps.ruleset
            and factors.rule_group = caps.name
    group by
        factors.span_id, factors.ruleset, factors.dimension, factors.rule_group,
        caps.min_points, caps.max_points

),

capped as (

    select
        span_id,
        ruleset,
        dimension,
        rule_group,
        cast(points as decimal(18, 4)) as uncapped_points,
        cast({{ between_limits(
            'points', 'min_points', 'max_points'
        ) }} as decimal(18, 4)) as points
    from summed

)

select * from capped
