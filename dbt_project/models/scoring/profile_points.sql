with profile_conditions as (

    select * from {{ ref('profile_conditions') }}

),

rules as (

    select * from {{ ref('priced_rules') }}
    where condition_id is not null

),

held as (

    select
        met.profile_id,
        rules.rule_key,
        rules.ruleset,
        rules.dimension,
        rules.rule_group,
        rules.points,
        rules.grade_thirds
    from profile_conditions as met
    inner join rules
        on met.condition_id = rules.condition_id
    left join profile_conditions as further
        on
            met.profile_id = further.profile_id
            and rules.if_condition_id = further.condition_id
    where rules.if_condition_id is null or further.condition_id is not null

)

select * from held
