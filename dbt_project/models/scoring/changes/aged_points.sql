with changed as (

    select * from {{ ref('changed_activities') }}

),

units as (

    select * from {{ ref('aged_units') }}

),

rules as (

    select * from {{ ref('keyed_rules') }}
    where repeats is null

),

summed as (

    select
        lead_id,
        rule_key,
        cast(sum(weight) as decimal(24, 10)) as weight
    from units
    group by lead_id, rule_key

),

priced as (

    select
        changed.lead_id,
        changed.rule_key,
        {{ activity_points(
            'rules.points', 'coalesce(summed.weight, 0)', 'rules.max_points'
        ) }} as points
    from changed
    inner join rules
        on changed.rule_key = rules.rule_key
    left join summed
        on
            changed.lead_id = summed.lead_id
            and changed.rule_key = summed.rule_key

)

select * from priced
