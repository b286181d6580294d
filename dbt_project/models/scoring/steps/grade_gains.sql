{{ config(materialized='view') }}

with criteria as (

    select * from {{ ref('profile_criteria') }}

),

profile_points as (

    select * from {{ ref('profile_points') }}

),

most_thirds as (

    select
        ruleset,
        rule_group,
        max(grade_thirds) as thirds
    from {{ ref('signal_rules') }}
    group by ruleset, rule_group

),

thirds_now as (

    select
        profile_id,
        ruleset,
        rule_group,
        {{ group_thirds('grade_thirds') }} as thirds
    from profile_points
    where grade_thirds is not null
    group by profile_id, ruleset, rule_group

),

gains as (

    select
        criteria.profile_id,
        criteria.ruleset,
        criteria.rule_group,
        criteria.is_known,
        most_thirds.thirds - coalesce(thirds_now.thirds, 0) as gain
    from criteria
    inner join most_thirds
        on
            criteria.ruleset = most_thirds.ruleset
            and criteria.rule_group = most_thirds.rule_group
    left join thirds_now
        on
            criteria.profile_id = thirds_now.profile_id
            and criteria.ruleset = thirds_now.ruleset
            and criteria.rule_group = thirds_now.rule_group

)

select * from gains
