with rules as (

    select * from {{ ref('priced_rules') }}

),

activity_rules as (

    select * from {{ ref('activity_rules') }}

),

-- Rules that count alike, in one ruleset or in several, are counted once.
countings as (

    select
        rules.counting_id,
        any_value(rules.counting) as counting,
        any_value(activity_rules.activity) as activity,
        any_value(activity_rules.per) as per,
        coalesce(any_value(activity_rules.per_count), 1) as per_count,
        any_value(activity_rules.max_units) as max_units,
        any_value(activity_rules.window_days) as window_days,
        any_value(activity_rules.decay) as decay,
        any_value(activity_rules.decay_days) as decay_days,
        any_value(rules.reset_activities) as reset_activities
    from rules
    inner join activity_rules
        on
            rules.ruleset = activity_rules.ruleset
            and rules.rule_id = activity_rules.rule_id
    group by rules.counting_id

)

select * from countings
