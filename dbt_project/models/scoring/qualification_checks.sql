{# A view: who asks for the first row that holds reads what holds alone. #}
{{ config(materialized='view') }}

with lead_points as (

    select * from {{ ref('lead_points') }}

),

profile_grades as (

    select * from {{ ref('profile_grades') }}

),

profile_conditions as (

    select * from {{ ref('profile_conditions') }}

),

qualification_rows as (

    select * from {{ ref('qualification_rows') }}

),

activity_days as (

    select * from {{ ref('int_lead_activity_days') }}

),

spans as (

    select * from {{ ref('int_lead_spans') }}

),

asked_activities as (

    select
        ruleset,
        row_order,
        within_days,
        unnest(activities) as activity
    from qualification_rows

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

checks as (

    select
        lead_points.span_id,
        lead_points.ruleset,
        asked.row_order,
        {{ reaches_grade('profile_grades', 'asked') }} as has_grade,
        coalesce(
            greatest(asked.min_points - lead_points.total_points, 0), 0
        ) as missing_points,
        coalesce(
            greatest(asked.min_behavioral_points - lead_points.behavioral_points, 0), 0
        ) as missing_behavioral_points,
        asked.if_activity is null or done.span_id is not null as has_activity,
        asked.if_signal is null or profile_conditions.profile_id is not null
            as has_signal,
        done.requested_at
    from lead_points
    inner join profile_grades
        on
            lead_points.profile_id = profile_grades.profile_id
            and lead_points.ruleset = profile_grades.ruleset
    inner join qualification_rows as asked
        on lead_points.ruleset = asked.ruleset
    left join done
        on
            lead_points.span_id = done.span_id
            and asked.ruleset = done.ruleset
            and asked.row_order = done.row_order
    left join profile_conditions
        on
            lead_points.profile_id = profile_conditions.profile_id
            and asked.if_condition_id = profile_conditions.condition_id

)

select * from checks
