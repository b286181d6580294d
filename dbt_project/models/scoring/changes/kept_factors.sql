{# The newest two scored days stay: what a score is compared with and what it is. #}
{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='as_of_date',
    post_hook='{{ keep_two_days() }}'
) }}

with days as (

    select * from {{ ref('int_scored_days') }}
    where as_of_date >= {{ as_of_to() }} - 1

),

lead_points as (

    select * from {{ ref('lead_points') }}

),

factors as (

    select * from {{ ref('rule_factors') }}
    union all by name
    select * from {{ ref('factors_adjustment') }}

),

kept as (

    select
        days.as_of_date,
        factors.lead_id,
        factors.ruleset,
        factors.dimension,
        factors.rule_group,
        factors.rule_id,
        factors.occurrences is not null as is_activity,
        cast(factors.points as decimal(18, 4)) as points
    from factors
    inner join lead_points
        on
            factors.lead_id = lead_points.lead_id
            and factors.valid_from = lead_points.valid_from
            and factors.ruleset = lead_points.ruleset
    inner join days
        on days.as_of_date between lead_points.valid_from and lead_points.valid_to

)

select * from kept
