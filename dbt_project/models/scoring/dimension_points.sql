{{ config(materialized='view') }}

{% set dimensions = ['demographic', 'firmographic', 'behavioral', 'negative'] %}

with caps as (

    select
        {% for dimension in dimensions %}
            max(min_points) filter (where name = '{{ dimension }}')
                as min_{{ dimension }}_points,
            min(max_points) filter (where name = '{{ dimension }}')
                as max_{{ dimension }}_points,
        {% endfor %}
        ruleset
    from {{ ref('caps') }}
    where scope = 'dimension'
    group by ruleset

),

-- What a group's cap takes away or adds counts in its dimension.
parts as (

    select
        span_id,
        ruleset,
        dimension,
        points
    from {{ ref('rule_factors') }}

    union all

    select
        span_id,
        ruleset,
        dimension,
        points - uncapped_points as points
    from {{ ref('group_points') }}

),

summed as (

    select
        span_id,
        {% for dimension in dimensions %}
            coalesce(sum(points) filter (where dimension = '{{ dimension }}'), 0)
                as {{ dimension }}_points,
        {% endfor %}
        ruleset
    from parts
    group by span_id, ruleset

),

capped as (

    select
        summed.span_id,
        {% for dimension in dimensions %}
            {% set points = 'summed.%s_points' % dimension %}
            {% set capped_points = between_limits(
                points, 'caps.min_%s_points' % dimension,
                'caps.max_%s_points' % dimension
            ) %}
            {{ capped_points }} as {{ dimension }}_points,
            {{ capped_points }} - {{ points }} as {{ dimension }}_cap_points,
        {% endfor %}
        summed.ruleset
    from summed
    left join caps
        on summed.ruleset = caps.ruleset

)

select * from capped
