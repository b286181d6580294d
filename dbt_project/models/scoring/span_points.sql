{{ config(materialized='view') }}

{% set dimensions = ['demographic', 'firmographic', 'behavioral', 'negative'] %}

with lead_patterns as (

    select * from {{ ref('lead_patterns') }}

),

rulesets as (

    select * from {{ ref('rulesets') }}

),

pattern_points as (

    select * from {{ ref('pattern_points') }}

),

-- What patterns of signals do not tell. A group's cap counts in its dimension.
parts as (

    select
        factors.span_id,
        rules.ruleset,
        rules.dimension,
        factors.points
    from {{ ref('priced_activities') }} as factors
    inner join {{ ref('keyed_rules') }} as rules
        on factors.rule_key = rules.rule_key

    union all

    select
        span_id,
        ruleset,
        dimension,
        points - uncapped_points as points
    from {{ ref('group_points') }}

    union all

    select
        span_id,
        ruleset,
        'manual' as dimension,
        points
    from {{ ref('priced_adjustments') }}

),

summed as (

    select
        span_id,
        {% for dimension in dimensions + ['manual'] %}
            sum(points) filter (where dimension = '{{ dimension }}')
                as {{ dimension }}_points,
        {% endfor %}
        ruleset
    from parts
    group by span_id, ruleset

),

-- Every lead has a row under every ruleset, also without a single factor.
united as (

    select
        lead_patterns.span_id,
        rulesets.ruleset,
        {% for dimension in dimensions %}
            cast(
                coalesce(pattern_points.{{ dimension }}_points, 0)
                + coalesce(summed.{{ dimension }}_points, 0) as decimal(18, 4)
            ) as {{ dimension }}_points,
        {% endfor %}
        cast(coalesce(summed.manual_points, 0) as decimal(18, 4)) as manual_points,
        lead_patterns.held_pattern,
        lead_patterns.known_signals
    from lead_patterns
    cross join rulesets
    left join pattern_points
        on
            lead_patterns.held_pattern = pattern_points.held_pattern
            and rulesets.ruleset = pattern_points.ruleset
    left join summed
        on
            lead_patterns.span_id = summed.span_id
            and rulesets.ruleset = summed.ruleset

)

select * from united
