{{ config(materialized='view') }}

with lead_profiles as (

    select * from {{ ref('lead_profiles') }}

),

profile_points as (

    select * from {{ ref('profile_points') }}

),

activity_factors as (

    select * from {{ ref('activity_factors') }}

),

adjustments as (

    select * from {{ ref('adjustments_in_force') }}

),

of_profiles as (

    select
        lead_profiles.span_id,
        profile_points.rule_key,
        profile_points.ruleset,
        profile_points.dimension,
        profile_points.rule_group,
        profile_points.points
    from lead_profiles
    inner join profile_points
        on lead_profiles.profile_id = profile_points.profile_id

),

factors as (

    select * from of_profiles
    union all by name
    select * from activity_factors
    union all by name
    select * from adjustments

)

select
    span_id,
    rule_key,
    ruleset,
    dimension,
    rule_group,
    points,
    occurrences,
    days,
    first_at,
    last_at
from factors
