{{ config(materialized='view') }}

with profiles as (

    select distinct profile_id
    from {{ ref('lead_profiles') }}

),

profile_conditions as (

    select * from {{ ref('profile_conditions') }}

),

conditions as (

    select * from {{ ref('conditions') }}

),

-- A negative rule looks at a signal again that fit has counted already.
graded_rules as (

    select * from {{ ref('signal_rules') }}
    where
        grade_thirds is not null
        and dimension in ('demographic', 'firmographic')

),

criteria as (

    select
        ruleset,
        rule_group,
        max(abs(grade_thirds)) as most_thirds
    from graded_rules
    group by ruleset, rule_group

),

known as (

    select distinct
        profile_conditions.profile_id,
        graded_rules.ruleset,
        graded_rules.rule_group
    from graded_rules
    inner join conditions
        on
            {{ condition(
                asked_signal('graded_rules.signal', 'graded_rules.ruleset'), "'*'"
            ) }} = conditions.condition
    inner join profile_conditions
        on conditions.condition_id = profile_conditions.condition_id

),

-- A rule on `(missing)` says what an unknown value is worth.
judged as (

    select distinct
        profile_id,
        ruleset,
        rule_group
    from {{ ref('profile_points') }}
    where grade_thirds is not null

),

profile_criteria as (

    select
        profiles.profile_id,
        criteria.ruleset,
        criteria.rule_group,
        criteria.most_thirds,
        known.profile_id is not null as is_known,
        coalesce(known.profile_id, judged.profile_id) is not null as is_decided
    from profiles
    cross join criteria
    left join known
        on
            profiles.profile_id = known.profile_id
            and criteria.ruleset = known.ruleset
            and criteria.rule_group = known.rule_group
    left join judged
        on
            profiles.profile_id = judged.profile_id
            and criteria.ruleset = judged.ruleset
            and criteria.rule_group = judged.rule_group

)

select * from profile_criteria
