{{ config(materialized='view') }}

with lead_grades as (

    select * from {{ ref('lead_grades') }}

),

qualification as (

    select
        qualification.ruleset,
        qualification.row_order,
        qualification.min_grade,
        coalesce(qualification.min_points, -{{ no_limit() }}) as min_points,
        coalesce(qualification.min_behavioral_points, -{{ no_limit() }})
            as min_behavioral_points,
        grades.position as min_position,
        if(qualification.if_activity is null, 0, 1)
        + if(qualification.if_signal is null, 0, 1) as further_conditions
    from {{ ref('qualification') }} as qualification
    left join {{ ref('grades') }} as grades
        on
            qualification.ruleset = grades.ruleset
            and qualification.min_grade = grades.grade

),

-- What a row asks of grade and points depends on them alone: far fewer than leads.
standings as (

    select distinct
        ruleset,
        grade_position,
        total_points,
        behavioral_points
    from lead_grades

),

reached as (

    select
        standings.*,
        qualification.row_order,
        qualification.further_conditions
    from standings
    inner join qualification
        on
            standings.ruleset = qualification.ruleset
            and (
                qualification.min_grade is null
                or standings.grade_position >= qualification.min_position
            )
            and standings.total_points >= qualification.min_points
            and standings.behavioral_points >= qualification.min_behavioral_points

)

select * from reached
