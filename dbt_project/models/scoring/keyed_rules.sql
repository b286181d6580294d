{% set asked_columns = [
    'signal', 'value_text', 'min_value', 'max_value', 'if_signal', 'if_value'
] %}
{% set counted_columns = [
    'activity', 'per', 'per_count', 'max_units', 'window_days', 'decay', 'decay_days'
] %}
{% set activity_columns = counted_columns + [
    'dimension', 'rule_group', 'if_signal', 'if_value', 'points', 'max_points'
] %}

-- A reset is part of the activity rules of its group.
with resets as (

    select
        ruleset,
        rule_group,
        string_agg(activity, '|' order by activity) as activities
    from {{ ref('resets') }}
    group by ruleset, rule_group

),

-- Whom a signal rule holds for does not depend on what it gives, which is the same for
-- all of them; what an activity rule gives is worked out for each lead.
signal_rules as (

    select
        *,
        cast(row({{ asked_columns | join(', ') }}) as varchar) as asks,
        asks || cast(row(dimension, rule_group, points) as varchar) as rule_row
    from {{ ref('signal_rules') }}

),

activity_rules as (

    select
        rules.*,
        concat_ws(
            ' ',
            cast(row(rules.{{ activity_columns | join(', rules.') }}) as varchar),
            resets.activities
        ) as rule_row,
        md5_number_lower(concat_ws(
            ' ',
            cast(row(rules.{{ counted_columns | join(', rules.') }}) as varchar),
            resets.activities
        )) as count_key
    from {{ ref('activity_rules') }} as rules
    left join resets
        on
            rules.ruleset = resets.ruleset
            and rules.rule_group = resets.rule_group

),

adjustment_rules as (

    select
        *,
        ruleset || ' ' || rule_id as rule_row
    from {{ ref('adjustment_rules') }}

),

rules as (

    select * exclude (rationale) from signal_rules
    union all by name
    select * exclude (rationale) from activity_rules
    union all by name
    select * from adjustment_rules

),

keyed as (

    select
        *,
        md5_number_lower(coalesce(asks, rule_row)) as rule_key
    from rules

),

marked as (

    select
        *,
        nullif(
            first_value(ruleset || '.' || rule_id) over (
                partition by rule_key order by ruleset, rule_id
            ),
            ruleset || '.' || rule_id
        ) as repeats
    from keyed

)

-- The columns of the rule files, and those of this model.
select * from marked -- noqa: AM04
