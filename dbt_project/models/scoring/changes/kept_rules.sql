{# The newest two scored days stay: what a score is compared with and what it is. #}
{{ config(materialized='scored_days', kept_days=2) }}

with days as (

    select * from {{ ref('int_scored_days') }}
    where as_of_date >= {{ as_of_to() }} - 1

),

-- Other words (reason, rationale) for the same price are no change.
signal_rules as (

    select
        ruleset,
        rule_id,
        cast(row(
            dimension, rule_group, signal, value_text, min_value, max_value,
            if_signal, if_value, points
        ) as varchar) as rule_row
    from {{ ref('signal_rules') }}

),

activity_rules as (

    select
        ruleset,
        rule_id,
        rule_group,
        cast(row(
            dimension, rule_group, activity, if_signal, if_value, per, per_count,
            max_units, window_days, decay, decay_days, points, max_points
        ) as varchar) as rule_row
    from {{ ref('activity_rules') }}

),

-- A reset is part of the activity rules of its group.
resets as (

    select
        ruleset,
        rule_group,
        string_agg(activity, '|' order by activity) as activities
    from {{ ref('resets') }}
    group by ruleset, rule_group

),

rules as (

    select * from signal_rules

    union all

    select
        activity_rules.ruleset,
        activity_rules.rule_id,
        concat_ws(' ', activity_rules.rule_row, resets.activities) as rule_row
    from activity_rules
    left join resets
        on
            activity_rules.ruleset = resets.ruleset
            and activity_rules.rule_group = resets.rule_group

),

kept as (

    select
        days.as_of_date,
        rules.ruleset,
        rules.rule_id,
        rules.rule_row
    from rules
    cross join days

)

select * from kept
