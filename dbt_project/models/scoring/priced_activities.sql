with units as (

    select * from {{ ref('activity_units') }}

),

rules as (

    select * from {{ ref('activity_rules') }}

),

conditions as (

    select * from {{ ref('rule_conditions') }}

),

summed as (

    select
        lead_id,
        valid_from,
        ruleset,
        rule_id,
        cast(sum(weight) as decimal(24, 10)) as weight,
        cast(sum(occurrences) as bigint) as occurrences,
        count(*) as days,
        min(first_at) as first_at,
        max(last_at) as last_at
    from units
    group by lead_id, valid_from, ruleset, rule_id

),

priced as (

    select
        summed.lead_id,
        summed.valid_from,
        summed.ruleset,
        rules.dimension,
        rules.rule_group,
        summed.rule_id,
        {{ activity_points(
            'rules.points', 'summed.weight', 'rules.max_points'
        ) }} as points,
        summed.occurrences,
        summed.days,
        summed.first_at,
        summed.last_at,
        rules.if_signal
    from summed
    inner join rules
        on summed.ruleset = rules.ruleset and summed.rule_id = rules.rule_id

),

held as (

    select priced.*
    from priced
    where priced.if_signal is null

    union all

    select priced.*
    from priced
    inner join conditions
        on
            priced.lead_id = conditions.lead_id
            and priced.valid_from = conditions.valid_from
            and priced.ruleset = conditions.ruleset
            and priced.rule_id = conditions.rule_id
    where priced.if_signal is not null

)

select
    lead_id,
    valid_from,
    ruleset,
    dimension,
    rule_group,
    rule_id,
    points,
    occurrences,
    days,
    first_at,
    last_at
from held
