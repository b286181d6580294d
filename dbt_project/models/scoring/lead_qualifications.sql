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

conditions_met as (

    select
        span_id,
        ruleset,
        row_order,
        count(*) as further_conditions
    from {{ ref('qualification_conditions') }}
    group by span_id, ruleset, row_order

),

reached as (

    select
        lead_grades.span_id,
        lead_grades.ruleset,
        qualification.row_order,
        qualification.further_conditions
    from lead_grades
    inner join qualification
        on
            lead_grades.ruleset = qualification.ruleset
            and (
                qualification.min_grade is null
                or lead_grades.grade_position >= qualification.min_position
            )
            and lead_grades.total_points >= qualification.min_points
            and lead_grades.behavioral_points >= qualification.min_behavioral_points

),

held as (

    select reached.*
    from reached
    left join conditions_met
        on
            reached.span_id = conditions_met.span_id
            and reached.ruleset = conditions_met.ruleset
            and reached.row_order = conditions_met.row_order
    where
        reached.further_conditions = coalesce(conditions_met.further_conditions, 0)

)

select
    span_id,
    ruleset,
    min(row_order) as row_order
from held
group by span_id, ruleset
