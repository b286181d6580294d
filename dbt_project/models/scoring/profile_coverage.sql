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

rulesets as (

    select * from {{ ref('rulesets') }}

),

asked as (

    select distinct
        rules.ruleset,
        rules.signal,
        conditions.condition_id
    from {{ ref('signal_rules') }} as rules
    inner join conditions
        on
            {{ condition(asked_signal('rules.signal', 'rules.ruleset'), "'*'") }}
            = conditions.condition

),

known as (

    select
        profile_conditions.profile_id,
        asked.ruleset,
        count(distinct asked.signal) as signals
    from profile_conditions
    inner join asked
        on profile_conditions.condition_id = asked.condition_id
    group by profile_conditions.profile_id, asked.ruleset

),

-- One criterion says too little about a person; and what is undecided may not be able
-- to move the grade further than what is decided.
gradable as (

    select
        profile_id,
        ruleset
    from {{ ref('profile_criteria') }}
    group by profile_id, ruleset
    having
        count(*) filter (where is_known) > 1
        and 2 * sum(most_thirds) filter (where is_decided) >= sum(most_thirds)

),

asked_in_all as (

    select
        ruleset,
        count(distinct signal) as signals
    from asked
    group by ruleset

),

coverage as (

    select
        profiles.profile_id,
        rulesets.ruleset,
        gradable.profile_id is not null as is_gradable,
        -- Of a ruleset that asks for nothing, nothing is missing.
        cast(coalesce(
            100.0 * coalesce(known.signals, 0) / asked_in_all.signals, 100
        ) as decimal(5, 2)) as completeness_pct
    from profiles
    cross join rulesets
    left join known
        on
            profiles.profile_id = known.profile_id
            and rulesets.ruleset = known.ruleset
    left join gradable
        on
            profiles.profile_id = gradable.profile_id
            and rulesets.ruleset = gradable.ruleset
    left join asked_in_all
        on rulesets.ruleset = asked_in_all.ruleset

)

select * from coverage
