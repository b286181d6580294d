{# Days scored earlier stay; the days of this run replace what is there for them. #}
{{ config(materialized='scored_days') }}

with results as (

    select * from {{ ref('lead_results') }}

),

days as (

    select * from {{ ref('int_scored_days') }}

),

history as (

    select
        results.lead_id,
        results.ruleset,
        days.as_of_date,
        results.ruleset_fingerprint,
        '{{ this_run("build_id") }}' as build_id,
        {% for dimension in dimensions() %}
            results.{{ dimension }}_points,
        {% endfor %}
        results.adjustment_points,
        results.total_points,
        results.score,
        results.grade,
        results.engagement_level,
        results.stage,
        results.is_mql
    from results
    inner join days
        on days.as_of_date between results.valid_from and results.valid_to

)

select * from history
