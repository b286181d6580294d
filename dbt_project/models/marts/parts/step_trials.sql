{{ config(materialized='view') }}

with lead_states as (

    select * from {{ ref('lead_states') }}
    where span_id = state_id

),

checks as (

    select * from {{ ref('qualification_checks') }}

),

asked as (

    select * from {{ ref('qualification_rows') }}

),

segments_after as (

    select * from {{ ref('segments_after') }}

),

-- Nothing is done now, or one of the activities.
choices as (

    select distinct
        ruleset,
        0 as choice_id,
        false as is_any,
        null as row_orders
    from asked

    union all by name

    select
        ruleset,
        choice_id,
        is_any,
        row_orders
    from {{ ref('next_activities') }}

),

trials as (

    select
        lead_states.state_id,
        checks.ruleset,
        checks.row_order,
        choices.choice_id,
        choices.is_any,
        checks.has_grade,
        asked.min_position,
        asked.min_grade is not null and asked.min_position is null as is_ungraded,
        asked.urgency,
        checks.missing_points,
        checks.missing_behavioral_points,
        coalesce(
            list_contains(choices.row_orders, checks.row_order), false
        ) as is_answer,
        if(
            coalesce(
                {{ value_matches('segments_after.value_name', 'asked.wanted') }},
                checks.has_signal
            ),
            null,
            asked.if_condition_id
        ) as missing_condition_id
    from lead_states
    inner join checks
        on
            lead_states.span_id = checks.span_id
            and lead_states.ruleset = checks.ruleset
    inner join asked
        on
            checks.ruleset = asked.ruleset
            and checks.row_order = asked.row_order
    inner join choices
        on checks.ruleset = choices.ruleset
    left join segments_after
        on
            checks.span_id = segments_after.span_id
            and choices.choice_id = segments_after.choice_id
            and asked.asked_signal = segments_after.signal
    where
        (checks.has_grade or asked.min_position is not null)
        and (
            checks.has_activity
            or list_contains(choices.row_orders, checks.row_order)
        )

),

-- What an activity leaves missing besides is told of the rows that ask for it.
told as (

    select * from trials
    where missing_condition_id is null or choice_id = 0 or is_answer

)

select * from told
