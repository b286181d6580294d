with leads as (

    select * from {{ ref('judged_leads') }}

),

ranges as (

    select
        target,
        ruleset,
        min(total_points) as least,
        max(total_points) as most
    from leads
    group by target, ruleset

),

-- Steps of five points, or of as many fives as make a hundred of them.
steps as (

    select
        *,
        cast(5 * greatest(1, ceil((most - least) / 500)) as integer) as step
    from ranges

),

thresholds as (

    select
        target,
        ruleset,
        unnest(generate_series(
            cast(floor(least / step) * step as integer),
            cast(floor(most / step) * step as integer),
            step
        )) as min_points
    from steps

)

select
    target,
    ruleset,
    cast(min_points as integer) as min_points
from thresholds
