{{ config(materialized='view') }}

{% set dimensions = ['demographic', 'firmographic', 'behavioral', 'negative'] %}

with spans as (

    select * from {{ ref('int_lead_spans') }}

),

rulesets as (

    select * from {{ ref('rulesets') }}

),

dimension_points as (

    select * from {{ ref('dimension_points') }}

),

manual as (

    select
        span_id,
        ruleset,
        sum(points) as manual_points
    from {{ ref('priced_adjustments') }}
    group by span_id, ruleset

),

-- Every lead has a row under every ruleset, also without a single factor.
united as (

    select
        spans.span_id,
        rulesets.ruleset,
        {% for dimension in dimensions %}
            coalesce(dimension_points.{{ dimension }}_points, 0)
                as {{ dimension }}_points,
            coalesce(dimension_points.{{ dimension }}_cap_points, 0)
                as {{ dimension }}_cap_points,
        {% endfor %}
        coalesce(manual.manual_points, 0) as manual_points
    from spans
    cross join rulesets
    left join dimension_points
        on
            spans.span_id = dimension_points.span_id
            and rulesets.ruleset = dimension_points.ruleset
    left join manual
        on
            spans.span_id = manual.span_id
            and rulesets.ruleset = manual.ruleset

)

select * from united
