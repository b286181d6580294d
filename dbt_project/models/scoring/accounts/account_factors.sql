with held as (

    select * from {{ ref('account_rules_held') }}

),

biting as (

    {{ caps_that_bite(
        ref('account_group_caps'), ref('account_dimension_points'),
        ref('account_points'), 'account_id'
    ) }}

),

rules as (

    select * from {{ ref('priced_rules') }}

),

account_conditions as (

    select * from {{ ref('account_conditions') }}

),

-- An account does nothing itself: none of its factors has occurrences.
priced as (

    select
        held.account_id,
        held.rule_key,
        held.points,
        account_conditions.value_name as matched_value,
        cast(null as bigint) as occurrences,
        cast(null as bigint) as days,
        cast(null as timestamp) as last_at
    from held
    inner join rules
        on held.rule_key = rules.rule_key
    left join account_conditions
        on
            held.account_id = account_conditions.account_id
            and rules.condition_id = account_conditions.condition_id

    union all by name

    select
        biting.account_id,
        rules.rule_key,
        biting.points
    from biting
    inner join rules
        on
            biting.ruleset = rules.ruleset
            and biting.rule_id = rules.rule_id

),

factors as (

    select
        priced.account_id,
        rules.ruleset,
        rules.dimension,
        rules.rule_group,
        rules.rule_id,
        cast(priced.points as decimal(18, 4)) as points,
        {{ filled_reason('rules.reason', 'priced') }} as reason
    from priced
    inner join rules
        on priced.rule_key = rules.rule_key

)

select * from factors
