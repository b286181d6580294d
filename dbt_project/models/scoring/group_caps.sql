with factors as (

    select * from {{ ref('factors') }}

),

caps as (

    select
        ruleset,
        name as rule_group,
        max(min_points) as min_points,
        min(max_points) as max_points
    from {{ ref('caps') }}
    where scope = 'rule_group'
    group by ruleset, name

),

summed as (

    select
        factors.span_id,
        factors.ruleset,
        factors.dimension,
        factors.rule_group,
        caps.min_points,
        caps.max_points,
        cast(sum(factors.points) as decimal(18, 4)) as points
    from factors
    inner join caps
        on
            factors.ruleset = caps.ruleset
            and factors.rule_group = caps.rule_group
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
        cast(
            {{ between_limits('points', 'min_points', 'max_points') }} - points
            as decimal(18, 4)
        ) as points
    from summed

)

select * from capped
where points != 0
