with lead_points as (

    select * from {{ ref('lead_points') }}

),

profile_grades as (

    select * from {{ ref('profile_grades') }}

),

profile_conditions as (

    select * from {{ ref('profile_conditions') }}

),

qualification as (

    select
        qualification.*,
        conditions.condition_id as if_condition_id,
        grades.position as min_position
    from {{ ref('qualification') }} as qualification
    left join {{ ref('conditions') }} as conditions
        on
            conditions.condition
            = {{ condition(
                asked_signal('qualification.if_signal', 'qualification.ruleset'),
                'qualification.if_value'
            ) }}
    left join {{ ref('grades') }} as grades
        on
            qualification.ruleset = grades.ruleset
            and qualification.min_grade = grades.grade

),

activity_days as (

    select * from {{ ref('int_lead_activity_days') }}

),

spans as (

    select * from {{ ref('int_lead_spans') }}

),

asked_activities as (

    select
        *,
        unnest({{ names_in('if_activity') }}) as activity
    from qualification

),

done as (

    select
        spans.span_id,
        asked_activities.ruleset,
        asked_activities.row_order,
        max(activity_days.last_at) as requested_at
    from asked_activities
    inner join activity_days
        on asked_activities.activity = activity_days.activity
    inner join spans
        on
            activity_days.lead_id = spans.lead_id
            and spans.valid_from
            between activity_days.valid_from and activity_days.valid_to
    where
        asked_activities.within_days is null
        or {{ days_between('activity_days.activity_date', 'spans.valid_from') }}
        < asked_activities.within_days
    group by spans.span_id, asked_activities.ruleset, asked_activities.row_order

),

-- The first row of which every condition holds.
qualified as (

    select
        lead_points.span_id,
        lead_points.ruleset,
        min(qualification.row_order) as row_order,
        min_by(row(done.requested_at), qualification.row_order)[1] as requested_at
    from lead_points
    inner join profile_grades
        on
            lead_points.profile_id = profile_grades.profile_id
            and lead_points.ruleset = profile_grades.ruleset
    inner join qualification
        on lead_points.ruleset = qualification.ruleset
    left join done
        on
            lead_points.span_id = done.span_id
            and qualification.ruleset = done.ruleset
            and qualification.row_order = done.row_order
    left join profile_conditions
        on
            lead_points.profile_id = profile_conditions.profile_id
            and qualification.if_condition_id = profile_conditions.condition_id
    where
        (
            qualification.min_grade is null
            or qualification.min_grade = profile_grades.grade -- also `-`: none
            or profile_grades.grade_position >= qualification.min_position
        )
        and coalesce(lead_points.total_points >= qualification.min_points, true)
        and coalesce(
            lead_points.behavioral_points >= qualification.min_behavioral_points, true
        )
        and (qualification.if_activity is null or done.span_id is not null)
        and (
            qualification.if_signal is null
            or profile_conditions.profile_id is not null
        )
    group by lead_points.span_id, lead_points.ruleset

)

select * from qualified
