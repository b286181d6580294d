with factors as (

    select * from {{ ref('factors_demographic') }}
    union all
    select * from {{ ref('factors_firmographic') }}
    union all
    select * from {{ ref('factors_behavioral') }}
    union all
    select * from {{ ref('factors_negative') }}

),

caps as (

    select * from {{ ref('caps') }}
    where scope = 'rule_group'

),

summed as (

    select
        lead_id,
        valid_from,
        ruleset,
        dimension,
        rule_group,
        sum(points) as points
    from factors
    group by lead_id, valid_from, ruleset, dimension, rule_group

),

capped as (

    select
        summed.lead_id,
        summed.valid_from,
        summed.ruleset,
        summed.dimension,
        summed.rule_group,
        cast(summed.points as decimal(18, 4)) as uncapped_points,
        cast({{ between_limits(
            'summed.points', 'caps.min_points', 'caps.max_points'
        ) }} as decimal(18, 4)) as points
    from summed
    left join caps
        on
            summed.ruleset = caps.ruleset
            and summed.rule_group = caps.name

)

select * from capped
