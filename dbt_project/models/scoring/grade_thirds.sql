{{ config(materialized='view') }}

with rules as (

    select
        *,
        -- How far it moves the grade; of two that move it equally far the negative.
        2 * abs(grade_thirds) + if(grade_thirds < 0, 1, 0) as reach
    from {{ ref('keyed_rules') }}
    where grade_thirds is not null

),

priced_signals as (

    select * from {{ ref('priced_signals') }}

),

-- One value per rule group: the one that moves the grade most.
by_group as (

    select
        priced_signals.span_id,
        rules.ruleset,
        rules.rule_group,
        max_by(rules.grade_thirds, rules.reach) as thirds
    from priced_signals
    inner join rules
        on priced_signals.rule_key = rules.rule_key
    group by priced_signals.span_id, rules.ruleset, rules.rule_group

),

summed as (

    select
        span_id,
        ruleset,
        sum(thirds) as thirds
    from by_group
    group by span_id, ruleset

)

select * from summed
