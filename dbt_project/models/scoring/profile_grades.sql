with coverage as (

    select * from {{ ref('profile_coverage') }}

),

profile_points as (

    select * from {{ ref('profile_points') }}

),

rulesets as (

    select * from {{ ref('rulesets') }}

),

grades as (

    select * from {{ ref('grades') }}

),

group_thirds as (

    select
        profile_id,
        ruleset,
        {{ group_thirds('grade_thirds') }} as thirds
    from profile_points
    where grade_thirds is not null
    group by profile_id, ruleset, rule_group

),

thirds as (

    select
        profile_id,
        ruleset,
        cast(sum(thirds) as integer) as thirds
    from group_thirds
    group by profile_id, ruleset

),

ladders as (

    select
        rulesets.ruleset,
        min(grades.position) as bottom_position,
        max(grades.position) as top_position,
        max(grades.position) filter (
            where grades.grade = rulesets.start_grade
        ) as start_position
    from rulesets
    inner join grades
        on rulesets.ruleset = grades.ruleset
    group by rulesets.ruleset

),

positions as (

    select
        coverage.profile_id,
        coverage.ruleset,
        coverage.completeness_pct,
        ladders.start_position + coalesce(thirds.thirds, 0) as reached_position,
        case
            when coverage.is_gradable and ladders.start_position is not null
                then greatest(
                    ladders.bottom_position,
                    least(ladders.top_position, reached_position)
                )
        end as grade_position
    from coverage
    left join thirds
        on
            coverage.profile_id = thirds.profile_id
            and coverage.ruleset = thirds.ruleset
    left join ladders
        on coverage.ruleset = ladders.ruleset

),

graded as (

    select
        positions.profile_id,
        positions.ruleset,
        positions.completeness_pct,
        positions.reached_position,
        positions.grade_position,
        coalesce(grades.grade, '-') as grade
    from positions
    left join grades
        on
            positions.ruleset = grades.ruleset
            and positions.grade_position = grades.position

)

select * from graded
