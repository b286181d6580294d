with asked_conditions as (

    select * from {{ ref('asked_conditions') }}

),

asked_activities as (

    select * from {{ ref('asked_activities') }}

),

-- In the order of the files, as they were loaded.
signal_rules as (

    select
        *,
        'signal' as kind,
        row_number() over () as line
    from {{ ref('signal_rules') }}

),

activity_rules as (

    select
        *,
        'activity' as kind,
        {{ counting_words('per', 'per_count', 'max_units') }} as counting_words,
        {{ decay_words('decay', 'decay_days', 'window_days') }} as decay_words,
        row_number() over () as line
    from {{ ref('activity_rules') }}

),

all_rules as (

    select
        * exclude (min_value, max_value),
        {{ condition('signal', 'value_text', 'min_value', 'max_value') }} as condition
    from signal_rules

    union all by name

    select * from activity_rules

),

told as (

    select
        all_rules.*,
        coalesce(conditions.words, asked_activities.words)
        || coalesce(', if ' || further.words, '') as asked_words
    from all_rules
    left join asked_activities
        on all_rules.activity = asked_activities.asked
    left join asked_conditions as conditions
        on
            all_rules.ruleset = conditions.ruleset
            and all_rules.condition = conditions.condition
    left join asked_conditions as further
        on
            all_rules.ruleset = further.ruleset
            and {{ condition('all_rules.if_signal', 'all_rules.if_value') }}
            = further.condition

),

published as (

    select
        ruleset,
        rule_id,
        kind,
        dimension,
        rule_group,
        {{ sentence('asked_words') }} || coalesce(
            ': ' || nullif(
                concat_ws(
                    ', ',
                    counting_words,
                    decay_words,
                    if(max_points < 0, 'takes ', '')
                    || {{ number_words('abs(max_points)') }} || ' points at most'
                ), ''
            ), ''
        ) as asks,
        points,
        grade_thirds,
        max_points,
        decay_words as decay,
        reason,
        rationale,
        cast(
            row_number() over (
                partition by ruleset order by kind desc, line asc
            ) as integer
        ) as position
    from told

)

select * from published
