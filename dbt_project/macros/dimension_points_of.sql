{#
  The points of each `who` in each dimension, before and after the dimension's cap.
#}
{% macro dimension_points_of(factors, group_caps, who) %}
with factors as (

    select * from {{ factors }}

),

group_caps as (

    select * from {{ group_caps }}

),

caps as (

    select
        ruleset,
        name as dimension,
        max(min_points) as min_points,
        min(max_points) as max_points
    from {{ ref('caps') }}
    where scope = 'dimension'
    group by ruleset, name

),

-- What a group's cap takes or gives counts in its dimension.
united as (

    select
        {{ who }},
        ruleset,
        dimension,
        points
    from factors

    union all

    select
        {{ who }},
        ruleset,
        dimension,
        points
    from group_caps

),

summed as (

    select
        {{ who }},
        ruleset,
        dimension,
        cast(sum(points) as decimal(18, 4)) as points
    from united
    group by {{ who }}, ruleset, dimension

),

capped as (

    select
        summed.{{ who }},
        summed.ruleset,
        summed.dimension,
        summed.points as uncapped_points,
        cast({{ between_limits(
            'summed.points', 'caps.min_points', 'caps.max_points'
        ) }} as decimal(18, 4)) as points
    from summed
    left join caps
        on
            summed.ruleset = caps.ruleset
            and summed.dimension = caps.dimension

)

select * from capped
{% endmacro %}
