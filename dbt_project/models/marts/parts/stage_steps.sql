with trials as (

    select * from {{ ref('step_trials') }}

),

candidates as (

    select * from {{ ref('step_candidates') }}

),

compared as (

    select
        later.state_id,
        later.ruleset,
        later.choice_id,
        later.row_order,
        later.is_activity_missing,
        later.missing_condition_id is not null or not later.has_grade
            as is_fact_missing,
        if(
            earlier.has_grade,
            later.has_grade or not earlier.is_ungraded,
            not later.has_grade and earlier.min_position <= later.min_position
        ) as is_good_enough,
        earlier.missing_points <= later.points_to_come
        and earlier.missing_behavioral_points <= later.points_to_come as has_points,
        earlier.urgency > later.urgency as is_less_urgent
    from candidates as later
    inner join trials as earlier
        on
            later.state_id = earlier.state_id
            and later.ruleset = earlier.ruleset
            and later.choice_id = earlier.choice_id
            and later.row_order > earlier.row_order
    where
        earlier.missing_condition_id is null
        or earlier.missing_condition_id = later.missing_condition_id

),

-- An earlier row that then holds as well decides. How many points come with an
-- activity, and what more with a fact, is not known: it may be enough for one.
forestalled as (

    select distinct
        state_id,
        ruleset,
        choice_id,
        row_order
    from compared
    where
        (is_good_enough and has_points)
        or (is_less_urgent and is_activity_missing and is_good_enough)
        or (is_less_urgent and is_fact_missing)

),

counted as (

    select
        candidates.*,
        if(candidates.has_grade, 0, 1)
        + if(candidates.missing_condition_id is null, 0, 1) as facts,
        facts
        + if(candidates.points_to_come > 0, 1, 0)
        + if(candidates.is_activity_missing, 1, 0) as things
    from candidates
    anti join forestalled
        on
            candidates.state_id = forestalled.state_id
            and candidates.ruleset = forestalled.ruleset
            and candidates.choice_id = forestalled.choice_id
            and candidates.row_order = forestalled.row_order

),

-- What leads do themselves comes before what else must be true of them, then the fewest
-- things, then the most urgent.
nearest as (

    select
        *,
        row_number() over (
            partition by state_id, ruleset, stage
            order by
                facts asc, things asc,
                if(has_grade, null, min_position) asc nulls first,
                row_order asc, choice_id asc
        ) as place_of_stage
    from counted

),

numbered as (

    select
        state_id,
        ruleset,
        row_number() over (
            partition by state_id, ruleset
            order by facts asc, things asc, urgency asc, row_order asc
        ) as step,
        row_order,
        stage,
        stage_now,
        not has_grade as is_grade_missing,
        if(is_activity_missing, choice_id, null) as choice_id,
        missing_condition_id is not null as is_signal_missing
    from nearest
    where place_of_stage = 1

),

steps as (

    select * from numbered
    where step <= 2

)

select * from steps
