with changed as (

    select * from {{ ref('changed_activities') }}

),

before as (

    select * from {{ ref('compared_counts') }}
    where not is_today

),

countings as (

    select * from {{ ref('countings') }}

),

rules as (

    select * from {{ ref('priced_rules') }}

),

aged_counts as (

    select
        before.lead_id,
        {{ as_of_to() }} as valid_from,
        before.counting_id,
        before.period_start,
        before.activity_date,
        before.event_count,
        before.first_at,
        before.last_at
    from changed
    inner join before
        on
            changed.lead_id = before.lead_id
            and changed.counting_id = before.counting_id
    inner join countings
        on changed.counting_id = countings.counting_id
    where
        countings.window_days is null
        or {{ days_between('before.activity_date', as_of_to()) }}
        < countings.window_days

),

units as (

    {{ activity_units_of('aged_counts', 'lead_id') }}

),

summed as (

    select
        lead_id,
        counting_id,
        cast(sum(weight) as decimal(24, 10)) as weight
    from units
    group by lead_id, counting_id

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
        on changed.counting_id = rules.counting_id
    left join summed
        on
            changed.lead_id = summed.lead_id
            and changed.counting_id = summed.counting_id

)

select * from priced
