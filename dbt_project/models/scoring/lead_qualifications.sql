{{ config(materialized='view') }}

with lead_points as (

    select * from {{ ref('lead_points') }}

),

lead_grades as (

    select * from {{ ref('lead_grades') }}

),

grades as (

    select * from {{ ref('grades') }}

),

qualification as (

    select
        qualification.*,
        grades.position as min_position
    from {{ ref('qualification') }} as qualification
    left join grades
        on
            qualification.ruleset = grades.ruleset
            and qualification.min_grade = grades.grade

),

conditions as (

    select * from {{ ref('qualification_conditions') }}

),

held as (

    select
        lead_points.lead_id,
        lead_points.valid_from,
        lead_points.ruleset,
        min(qualification.row_order) as row_order
    from lead_points
    inner join lead_grades
        on
            lead_points.lead_id = lead_grades.lead_id
            and lead_points.valid_from = lead_grades.valid_from
            and lead_points.ruleset = lead_grades.ruleset
    inner join qualification
        on
            lead_points.ruleset = qualification.ruleset
            and (
                qualification.min_grade is null
                or lead_grades.grade_position >= qualification.min_position
            )
            and lead_points.total_points
            >= coalesce(qualification.min_points, -{{ no_limit() }})
            and lead_points.behavioral_points
            >= coalesce(qualification.min_behavioral_points, -{{ no_limit() }})
    left join conditions as activity_held
        on
            lead_points.lead_id = activity_held.lead_id
            and lead_points.valid_from = activity_held.valid_from
            and qualification.ruleset = activity_held.ruleset
            and qualification.row_order = activity_held.row_order
            and activity_held.condition = 'activity'
    left join conditions as signal_held
        on
            lead_points.lead_id = signal_held.lead_id
            and lead_points.valid_from = signal_held.valid_from
            and qualification.ruleset = signal_held.ruleset
            and qualification.row_order = signal_held.row_order
            and signal_held.condition = 'signal'
    where
        (qualification.if_activity is null or activity_held.lead_id is not null)
        and (qualification.if_signal is null or signal_held.lead_id is not null)
    group by lead_points.lead_id, lead_points.valid_from, lead_points.ruleset

)

select * from held
