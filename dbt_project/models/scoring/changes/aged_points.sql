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
        count_key,
        cast(sum(weight) as decimal(24, 10)) as weight
    from units
    group by lead_id, count_key

),

priced as (

    select
        changed.lead_id,
        rules.rule_key,
        {{ activity_points(
            'rules.points', 'coalesce(summed.weight, 0)', 'rules.max_points'
        ) }} as points
    from changed
    inner join rules
        on changed.count_key = rules.count_key
    left join summed
        on
            changed.lead_id = summed.lead_id
            and changed.count_key = summed.count_key

)

select * from priced
