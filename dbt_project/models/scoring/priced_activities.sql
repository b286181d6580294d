with units as (

    select * from {{ ref('activity_units') }}

),

rules as (

    select * from {{ ref('keyed_rules') }}
    where repeats is null

),

summed as (

    select
        span_id,
        count_key,
        cast(sum(weight) as decimal(24, 10)) as weight,
        cast(sum(occurrences) as bigint) as occurrences,
        count(*) as days,
        min(first_at) as first_at,
        max(last_at) as last_at
    from units
    group by span_id, count_key

),

priced as (

    select
        summed.span_id,
        rules.rule_key,
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
        on summed.count_key = rules.count_key

),

{{ held_under_conditions('priced') }}

select
    span_id,
    rule_key,
    points,
    occurrences,
    days,
    first_at,
    last_at
from held
