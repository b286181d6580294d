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

span_points as (

    select * from {{ ref('span_points') }}

),

capped as (

    select
        span_points.span_id,
        {% for dimension in dimensions %}
            {% set points = 'span_points.%s_points' % dimension %}
            {% set capped_points = between_limits(
                points, 'caps.min_%s_points' % dimension,
                'caps.max_%s_points' % dimension
            ) %}
            {{ capped_points }} as {{ dimension }}_points,
            {{ capped_points }} - {{ points }} as {{ dimension }}_cap_points,
        {% endfor %}
        span_points.manual_points,
        span_points.held_pattern,
        span_points.known_signals,
        span_points.ruleset
    from span_points
    left join caps
        on span_points.ruleset = caps.ruleset

)

select * from capped
