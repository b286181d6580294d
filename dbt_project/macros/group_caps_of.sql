{#
  What caps on rule groups add to the factors of each `who` (the column that tells whose
  they are) or take away: the first step of the order that caps apply in.
#}
{% macro group_caps_of(factors, who) %}
with factors as (

    select * from {{ factors }}

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
        factors.{{ who }},
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
        factors.{{ who }}, factors.ruleset, factors.dimension, factors.rule_group,
        caps.min_points, caps.max_points

),

capped as (

    select
        {{ who }},
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
{% endmacro %}
