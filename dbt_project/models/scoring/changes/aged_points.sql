with changed as (

    select * from {{ ref('changed_activities') }}

),

units as (

    select * from {{ ref('aged_units') }}

),

rules as (

    select * from {{ ref('activity_rules') }}

),

summed as (

    select
        lead_id,
        ruleset,
        rule_id,
        cast(sum(weight) as decimal(24, 10)) as weight
    from units
    group by lead_id, ruleset, rule_id

),

priced as (

    select
        changed.lead_id,
        changed.ruleset,
        changed.rule_id,
        {{ activity_points(
            'rules.points', 'coalesce(summed.weight, 0)', 'rules.max_points'
        ) }} as points
    from changed
    inner join rules
        on
            changed.ruleset = rules.ruleset
            and changed.rule_id = rules.rule_id
    left join summed
        on
            changed.lead_id = summed.lead_id
            and changed.ruleset = summed.ruleset
            and changed.rule_id = summed.rule_id

)

select * from priced
