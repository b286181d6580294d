with spans as (

    select * from {{ ref('int_lead_spans') }}
    where valid_to = {{ as_of_to() }}

),

to_stages as (

    select * from {{ ref('told_stage_steps') }}

),

shown as (

    select
        scores.lead_id,
        scores.ruleset,
        scores.grade,
        spans.span_id,
        profiles.profile_id
    from {{ ref('lead_scores') }} as scores
    inner join spans
        on scores.lead_id = spans.lead_id
    inner join {{ ref('lead_profiles') }} as profiles
        on spans.span_id = profiles.span_id
    where not scores.is_excluded

),

grade_steps as (

    select
        profile_id,
        ruleset,
        grade,
        missing_thirds,
        {{ or_words('criteria') }} as criteria
    from {{ ref('grade_steps') }}

),

-- After those to a stage: at most one.
to_grades as (

    select
        shown.lead_id,
        shown.ruleset,
        'grade' as kind,
        1 as step,
        grade_steps.grade as reaches,
        grade_steps.missing_thirds,
        grade_steps.criteria,
        if(
            grade_steps.grade is null,
            'a grade: too little is known; find out ' || grade_steps.criteria,
            'grade ' || grade_steps.grade || ' (has ' || shown.grade || '): '
            || grade_steps.missing_thirds
            || if(grade_steps.missing_thirds = 1, ' third', ' thirds')
            || ' of a letter more, from ' || grade_steps.criteria
        ) as sentence
    from shown
    inner join grade_steps
        on
            shown.profile_id = grade_steps.profile_id
            and shown.ruleset = grade_steps.ruleset

),

steps as (

    select * from to_stages
    union all by name
    select * from to_grades

),

lead_next_steps as (

    select
        lead_id,
        ruleset,
        cast(row_number() over (
            partition by lead_id order by kind desc, step asc
        ) as integer) as step,
        kind,
        reaches,
        cast(missing_points as decimal(18, 4)) as missing_points,
        cast(missing_behavioral_points as decimal(18, 4)) as missing_behavioral_points,
        missing_grade,
        missing_thirds,
        missing_activity,
        missing_signal,
        criteria,
        sentence
    from steps

)

select * from lead_next_steps
