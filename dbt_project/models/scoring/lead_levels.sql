{{ config(materialized='view') }}

with lead_points as (

    select * from {{ ref('lead_points') }}

),

levels as (

    select * from {{ ref('levels') }}

),

-- A lead that reaches none has the least engaged level: no lead is lost.
reached as (

    select
        lead_points.lead_id,
        lead_points.valid_from,
        lead_points.ruleset,
        coalesce(
            min(levels.level) filter (
                where levels.min_behavioral_points is null
                or lead_points.behavioral_points >= levels.min_behavioral_points
            ),
            max(levels.level)
        ) as engagement_level
    from lead_points
    left join levels
        on lead_points.ruleset = levels.ruleset
    group by lead_points.lead_id, lead_points.valid_from, lead_points.ruleset

)

select * from reached
