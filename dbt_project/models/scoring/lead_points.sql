{{ config(materialized='view') }}

{% set dimensions = ['demographic', 'firmographic', 'behavioral', 'negative'] %}

with dimension_points as (

    select * from {{ ref('dimension_points') }}

),

caps as (

    select
        ruleset,
        max(min_points) filter (where scope = 'fit') as min_fit_points,
        min(max_points) filter (where scope = 'fit') as max_fit_points,
        max(min_points) filter (where scope = 'total') as min_total_points,
        min(max_points) filter (where scope = 'total') as max_total_points
    from {{ ref('caps') }}
    group by ruleset

),

fit_capped as (

    select
        dimension_points.*,
        caps.min_total_points,
        caps.max_total_points,
        {{ between_limits(
            'dimension_points.demographic_points + dimension_points.firmographic_points',
            'caps.min_fit_points', 'caps.max_fit_points'
        ) }} - dimension_points.demographic_points - dimension_points.firmographic_points
            as fit_cap_points
    from dimension_points
    left join caps
        on dimension_points.ruleset = caps.ruleset

),

uncapped as (

    select
        *,
        demographic_points + firmographic_points + behavioral_points + negative_points
        + fit_cap_points + manual_points as uncapped_points
    from fit_capped

),

totals as (

    select
        *,
        {{ between_limits(
            'uncapped_points', 'min_total_points', 'max_total_points'
        ) }} as total_points
    from uncapped

),

scored as (

    select
        totals.span_id,
        totals.ruleset,
        totals.held_pattern,
        totals.known_signals,
        {% for dimension in dimensions %}
            cast(totals.{{ dimension }}_points as decimal(18, 4))
                as {{ dimension }}_points,
            cast(totals.{{ dimension }}_cap_points as decimal(18, 4))
                as {{ dimension }}_cap_points,
        {% endfor %}
        cast(
            totals.fit_cap_points + totals.manual_points + totals.total_points
            - totals.uncapped_points as decimal(18, 4)
        ) as adjustment_points,
        cast(totals.total_points as decimal(18, 4)) as total_points,
        cast(totals.fit_cap_points as decimal(18, 4)) as fit_cap_points,
        cast(
            totals.total_points - totals.uncapped_points as decimal(18, 4)
        ) as total_cap_points
    from totals

)

select * from scored
