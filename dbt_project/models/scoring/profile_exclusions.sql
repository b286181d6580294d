with profile_conditions as (

    select * from {{ ref('profile_conditions') }}

),

conditions as (

    select * from {{ ref('conditions') }}

),

exclusions as (

    select
        *,
        {{ condition(asked_signal('signal', 'ruleset'), 'value_text') }} as condition
    from {{ ref('exclusions') }}

),

-- `excluded` outweighs `no_queue`.
strongest as (

    select
        profile_conditions.profile_id,
        exclusions.ruleset,
        min(exclusions.effect) as effect,
        min_by(exclusions.reason, row(exclusions.effect, exclusions.reason)) as reason
    from profile_conditions
    inner join conditions
        on profile_conditions.condition_id = conditions.condition_id
    inner join exclusions
        on conditions.condition = exclusions.condition
    group by profile_conditions.profile_id, exclusions.ruleset

)

select * from strongest
