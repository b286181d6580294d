{{ config(materialized='view') }}

with lead_points as (

    select * from {{ ref('lead_points') }}

),

levels as (

    select * from {{ ref('levels') }}

),

-- Far fewer points than leads.
reachable as (

    select distinct
        ruleset,
        behavioral_points
    from lead_points

),

-- Points that reach none have the least engaged level: no lead is lost.
reached as (

    select
        reachable.ruleset,
        reachable.behavioral_points,
        coalesce(
            min(levels.level) filter (
                where levels.min_behavioral_points is null
                or reachable.behavioral_points >= levels.min_behavioral_points
            ),
            max(levels.level)
        ) as engagement_level
    from reachable
    left join levels
        on reachable.ruleset = levels.ruleset
    group by reachable.ruleset, reachable.behavioral_points

)

select * from reached
