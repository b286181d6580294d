{{ config(materialized='view') }}

with qualification as (

    select * from {{ ref('qualification') }}

),

conditions as (

    select * from {{ ref('conditions') }}

),

grades as (

    select * from {{ ref('grades') }}

),

qualification_rows as (

    select
        qualification.ruleset,
        qualification.row_order,
        qualification.min_grade,
        qualification.min_points,
        qualification.min_behavioral_points,
        qualification.if_activity,
        qualification.within_days,
        qualification.if_signal,
        qualification.if_value,
        qualification.stage,
        qualification.priority,
        conditions.condition_id as if_condition_id,
        conditions.signal as asked_signal,
        conditions.wanted,
        grades.position as min_position,
        {{ names_in('qualification.if_activity') }} as activities,
        row_number() over (
            partition by qualification.ruleset order by qualification.row_order
        ) as place,
        dense_rank() over (
            partition by qualification.ruleset
            order by
                qualification.priority asc nulls last, qualification.is_mql desc
        ) as urgency
    from qualification
    left join conditions
        on
            {{ condition(
                asked_signal('qualification.if_signal', 'qualification.ruleset'),
                'qualification.if_value'
            ) }} = conditions.condition
    left join grades
        on
            qualification.ruleset = grades.ruleset
            and qualification.min_grade = grades.grade

)

select * from qualification_rows
