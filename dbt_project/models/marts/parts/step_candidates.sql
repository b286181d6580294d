{{ config(materialized='view') }}

with trials as (

    select * from {{ ref('step_trials') }}

),

lead_qualifications as (

    select * from {{ ref('lead_qualifications') }}

),

asked as (

    select * from {{ ref('qualification_rows') }}

),

held as (

    select
        lead_qualifications.span_id,
        lead_qualifications.ruleset,
        asked.stage,
        asked.urgency
    from lead_qualifications
    inner join asked
        on
            lead_qualifications.ruleset = asked.ruleset
            and lead_qualifications.row_order = asked.row_order

),

-- Behavioral points come from something that is done now.
candidates as (

    select
        trials.state_id,
        trials.ruleset,
        trials.row_order,
        trials.choice_id,
        trials.urgency,
        trials.has_grade,
        trials.min_position,
        trials.missing_condition_id,
        held.stage as stage_now,
        asked.stage,
        greatest(
            trials.missing_points, trials.missing_behavioral_points
        ) as points_to_come,
        trials.choice_id != 0
        and not (trials.is_any and trials.missing_behavioral_points > 0)
            as is_activity_missing
    from trials
    inner join asked
        on
            trials.ruleset = asked.ruleset
            and trials.row_order = asked.row_order
    left join held
        on
            trials.state_id = held.span_id
            and trials.ruleset = held.ruleset
    where
        (held.urgency is null or trials.urgency < held.urgency)
        and (trials.choice_id != 0 or trials.missing_behavioral_points = 0)

)

select * from candidates
