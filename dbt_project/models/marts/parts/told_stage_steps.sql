{{ config(materialized='view') }}

with steps as (

    select * from {{ ref('stage_steps') }}

),

asked as (

    select * from {{ ref('qualification_rows') }}

),

choices as (

    select * from {{ ref('next_activities') }}

),

of_leads as (

    select
        lead_states.lead_id,
        lead_states.grade as grade_now,
        steps.*,
        asked.min_grade,
        asked.if_signal,
        asked.if_value,
        asked.priority,
        lead_states.checks[asked.place].points as missing_points,
        lead_states.checks[asked.place].behavioral_points
            as missing_behavioral_points
    from {{ ref('lead_states') }} as lead_states
    inner join steps
        on
            lead_states.state_id = steps.state_id
            and lead_states.ruleset = steps.ruleset
    inner join asked
        on
            steps.ruleset = asked.ruleset
            and steps.row_order = asked.row_order

),

to_stages as (

    select
        steps.lead_id,
        steps.ruleset,
        'stage' as kind,
        steps.step,
        steps.stage as reaches,
        nullif(steps.missing_points, 0) as missing_points,
        nullif(steps.missing_behavioral_points, 0) as missing_behavioral_points,
        if(steps.is_grade_missing, steps.min_grade, null) as missing_grade,
        {{ or_words('choices.descriptions') }} as missing_activity,
        if(
            steps.is_signal_missing, steps.if_signal || ': ' || steps.if_value, null
        ) as missing_signal,
        steps.stage
        || if(steps.stage = steps.stage_now, ', priority ' || steps.priority, '')
            as reaches_words,
        steps.grade_now,
        greatest(steps.missing_points, steps.missing_behavioral_points) as points
    from of_leads as steps
    left join choices
        on steps.choice_id = choices.choice_id

),

told_stages as (

    select
        * exclude (reaches_words, grade_now, points),
        reaches_words || ': ' || concat_ws(
            '; ',
            'once they have ' || missing_activity,
            {{ points_text('nullif(points, 0)') }}
            || if(points = 1, ' more point', ' more points')
            || case
                when missing_behavioral_points = points then ' from what they do'
                else coalesce(
                    ', ' || {{ points_text('missing_behavioral_points') }}
                    || ' of them from what they do',
                    ''
                )
            end,
            'a grade of ' || missing_grade || ' or better ('
            || if(grade_now = '-', 'has none', 'has ' || grade_now) || ')',
            'once this is so: ' || missing_signal
        ) as sentence
    from to_stages

)

select * from told_stages
