{{ config(materialized='view') }}

with rules as (

    select
        *,
        -- How far it moves the grade; of two that move it equally far the negative.
        2 * abs(grade_thirds) + if(grade_thirds < 0, 1, 0) as reach
    from {{ ref('keyed_rules') }}
    where grade_thirds is not null

),

pattern_rules as (

    select * from {{ ref('pattern_rules') }}

),

-- One value per rule group: the one that moves the grade most.
by_group as (

    select
        pattern_rules.held_pattern,
        rules.ruleset,
        rules.rule_group,
        max_by(rules.grade_thirds, rules.reach) as thirds
    from pattern_rules
    inner join rules
        on pattern_rules.rule_key = rules.rule_key
    group by pattern_rules.held_pattern, rules.ruleset, rules.rule_group

),

summed as (

    select
        held_pattern,
        ruleset,
        cast(sum(thirds) as integer) as thirds
    from by_group
    group by held_pattern, ruleset

)

select * from summed
