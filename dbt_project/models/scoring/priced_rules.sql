with conditions as (

    select * from {{ ref('conditions') }}

),

-- A reset is part of what the activity rules of its group count.
resets as (

    select
        ruleset,
        rule_group,
        string_agg(activity, '|' order by activity) as reset_activities
    from {{ ref('resets') }}
    group by ruleset, rule_group

),

segment_rows as (

    select * from {{ ref('segment_rows') }}

),

priced as (

    select
        ruleset,
        signal,
        if_signal,
        rule_id,
        dimension,
        rule_group,
        points,
        grade_thirds,
        reason,
        {{ condition(
            asked_signal('signal', 'ruleset'), 'value_text', 'min_value', 'max_value'
        ) }} as condition,
        {{ condition(
            asked_signal('if_signal', 'ruleset'), 'if_value'
        ) }} as if_condition
    from {{ ref('signal_rules') }}

    union all by name

    select
        rules.ruleset,
        rules.if_signal,
        rules.rule_id,
        rules.dimension,
        rules.rule_group,
        rules.points,
        rules.max_points,
        rules.reason,
        {{ condition(
            asked_signal('rules.if_signal', 'rules.ruleset'), 'rules.if_value'
        ) }} as if_condition,
        resets.reset_activities,
        concat_ws(
            ' ',
            rules.activity,
            'per ' || rules.per,
            'by ' || rules.per_count,
            'newest ' || rules.max_units,
            'within ' || rules.window_days,
            rules.decay,
            rules.decay_days,
            'since ' || resets.reset_activities
        ) as counting
    from {{ ref('activity_rules') }} as rules
    left join resets
        on
            rules.ruleset = resets.ruleset
            and rules.rule_group = resets.rule_group

),

rules as (

    select * from priced
    union all by name
    select * from {{ ref('adjustment_rules') }}

),

numbered as (

    select
        cast(
            row_number() over (order by rules.ruleset, rules.rule_id) as integer
        ) as rule_key,
        rules.ruleset,
        rules.rule_id,
        rules.dimension,
        rules.rule_group,
        conditions.condition_id,
        further.condition_id as if_condition_id,
        case
            when rules.counting is not null
                then cast(dense_rank() over (order by rules.counting) as integer)
        end as counting_id,
        rules.counting,
        rules.reset_activities,
        rules.points,
        rules.max_points,
        rules.grade_thirds,
        rules.reason,
        -- What decides its points: its name, reason and rationale do not.
        concat_ws(
            ' ', rules.dimension, rules.rule_group, rules.condition, rules.counting,
            'if ' || nullif(rules.if_condition, ''), rules.points, rules.max_points,
            (
                select string_agg(segment_rows.asked, ' ' order by segment_rows.asked)
                from segment_rows
                where segment_rows.signal in (
                    {{ asked_signal('rules.signal', 'rules.ruleset') }},
                    {{ asked_signal('rules.if_signal', 'rules.ruleset') }}
                )
            )
        ) as pricing
    from rules
    left join conditions
        on rules.condition = conditions.condition
    left join conditions as further
        on rules.if_condition = further.condition

)

select * from numbered
