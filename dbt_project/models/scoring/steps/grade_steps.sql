with profile_grades as (

    select * from {{ ref('profile_grades') }}

),

grade_gains as (

    select
        *,
        replace(rule_group, '_', ' ') as name
    from {{ ref('grade_gains') }}

),

coverage as (

    select * from {{ ref('profile_coverage') }}

),

grades as (

    select * from {{ ref('grades') }}

),

next_grades as (

    select
        profile_grades.profile_id,
        profile_grades.ruleset,
        min_by(grades.grade, grades.position) as grade,
        cast(
            min(grades.position) - min(profile_grades.reached_position) as integer
        ) as missing_thirds
    from profile_grades
    inner join grades
        on
            profile_grades.ruleset = grades.ruleset
            and profile_grades.grade_position < grades.position
    group by profile_grades.profile_id, profile_grades.ruleset

),

-- What is not known may be found out; what is known seldom changes.
gains as (

    select
        profile_id,
        ruleset,
        sum(gain) filter (where gain > 0) as gain,
        list(
            name || if(is_known, '', ' (not known yet)')
            order by is_known asc, gain desc, name asc
        ) filter (
            where gain > 0
        ) as better,
        list(name order by gain desc, name asc) filter (
            where not is_known
        ) as unknown
    from grade_gains
    group by profile_id, ruleset

),

steps as (

    select
        coverage.profile_id,
        coverage.ruleset,
        next_grades.grade,
        next_grades.missing_thirds,
        if(coverage.is_gradable, gains.better, gains.unknown) as criteria
    from coverage
    inner join gains
        on
            coverage.profile_id = gains.profile_id
            and coverage.ruleset = gains.ruleset
    left join next_grades
        on
            coverage.profile_id = next_grades.profile_id
            and coverage.ruleset = next_grades.ruleset
    where
        gains.gain >= next_grades.missing_thirds
        or (not coverage.is_gradable and gains.unknown is not null)

)

select * from steps
