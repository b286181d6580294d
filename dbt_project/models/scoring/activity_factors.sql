with units as (

    select * from {{ ref('activity_units') }}

),

rules as (

    select * from {{ ref('priced_rules') }}

),

lead_profiles as (

    select * from {{ ref('lead_profiles') }}

),

profile_conditions as (

    select * from {{ ref('profile_conditions') }}

),

summed as (

    select
        span_id,
        counting_id,
        cast(sum(weight) as decimal(24, 10)) as weight,
        cast(sum(occurrences) as bigint) as occurrences,
        count(*) as days,
        min(first_at) as first_at,
        max(last_at) as last_at
    from units
    group by span_id, counting_id

),

priced as (

    select
        summed.span_id,
        rules.rule_key,
        rules.ruleset,
        rules.dimension,
        rules.rule_group,
        {{ activity_points('rules.points', 'summed.weight', 'rules.max_points') }}
            as points,
        summed.occurrences,
        summed.days,
        summed.first_at,
        summed.last_at
    from summed
    inner join rules
        on summed.counting_id = rules.counting_id
    inner join lead_profiles
        on summed.span_id = lead_profiles.span_id
    left join profile_conditions as further
        on
            lead_profiles.profile_id = further.profile_id
            and rules.if_condition_id = further.condition_id
    where rules.if_condition_id is null or further.condition_id is not null

)

select * from priced
