{#
  The points of everything in `whose` under each of `rulesets`, in all parts, after the
  caps on fit and on the total. `keys` are the columns of `whose` that stay; the first
  tells whose the points are.
#}
{% macro points_of(whose, rulesets, dimension_points, keys) %}
{% set who = keys[0] %}
with whose as (

    select * from {{ whose }}

),

rulesets as (

    select * from {{ rulesets }}

),

dimension_points as (

    select * from {{ dimension_points }}

),

caps as (

    select
        ruleset,
        max(min_points) filter (where scope = 'fit') as min_fit_points,
        min(max_points) filter (where scope = 'fit') as max_fit_points,
        min(max_percent) filter (where scope = 'fit') as max_fit_percent,
        max(min_points) filter (where scope = 'total') as min_total_points,
        min(max_points) filter (where scope = 'total') as max_total_points
    from {{ ref('caps') }}
    group by ruleset

),

summed as (

    select
        {{ who }},
        ruleset,
        {% for dimension in dimensions() %}
            sum(points) filter (where dimension = '{{ dimension }}')
                as {{ dimension }}_points,
        {% endfor %}
        sum(points) filter (where dimension = 'adjustment') as manual_points
    from dimension_points
    group by {{ who }}, ruleset

),

-- All of them have a row under every ruleset, also without a single factor.
parts as (

    select
        {% for key in keys %}
            whose.{{ key }},
        {% endfor %}
        rulesets.ruleset,
        {% for dimension in dimensions() %}
            coalesce(summed.{{ dimension }}_points, 0) as {{ dimension }}_points,
        {% endfor %}
        coalesce(summed.manual_points, 0) as manual_points
    from whose
    cross join rulesets
    left join summed
        on
            whose.{{ who }} = summed.{{ who }}
            and rulesets.ruleset = summed.ruleset

),

fit_capped as (

    select
        parts.*,
        caps.min_total_points,
        caps.max_total_points,
        {{ between_limits(
            'parts.demographic_points + parts.firmographic_points',
            'caps.min_fit_points',
            'least(caps.max_fit_points, ' ~ most_beside(
                'parts.behavioral_points + parts.negative_points',
                'caps.max_fit_percent'
            ) ~ ')'
        ) }} - parts.demographic_points - parts.firmographic_points as fit_cap_points
    from parts
    left join caps
        on parts.ruleset = caps.ruleset

),

uncapped as (

    select
        *,
        fit_cap_points + manual_points
        {% for dimension in dimensions() %}
            + {{ dimension }}_points
        {% endfor %} as points
    from fit_capped

),

totals as (

    select
        *,
        {{ between_limits('points', 'min_total_points', 'max_total_points') }}
            as total_points
    from uncapped

),

scored as (

    select
        {{ keys | join(', ') }},
        ruleset,
        {% for dimension in dimensions() %}
            cast({{ dimension }}_points as decimal(18, 4)) as {{ dimension }}_points,
        {% endfor %}
        cast(
            fit_cap_points + manual_points + total_points - points as decimal(18, 4)
        ) as adjustment_points,
        cast(total_points as decimal(18, 4)) as total_points,
        cast(fit_cap_points as decimal(18, 4)) as fit_cap_points,
        cast(total_points - points as decimal(18, 4)) as total_cap_points
    from totals

)

select * from scored
{% endmacro %}
