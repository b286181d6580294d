{#
  The grade of each `who`: from the ruleset's first grade as many thirds up or down as
  its rules say, on the ladder; `-` where too little is known.
#}
{% macro grades_of(coverage, rules_held, rulesets, who) %}
with coverage as (

    select * from {{ coverage }}

),

held as (

    select * from {{ rules_held }}

),

rulesets as (

    select * from {{ rulesets }}

),

grades as (

    select * from {{ ref('grades') }}

),

group_thirds as (

    select
        {{ who }},
        ruleset,
        {{ group_thirds('grade_thirds') }} as thirds
    from held
    where grade_thirds is not null
    group by {{ who }}, ruleset, rule_group

),

thirds as (

    select
        {{ who }},
        ruleset,
        cast(sum(thirds) as integer) as thirds
    from group_thirds
    group by {{ who }}, ruleset

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
        coverage.{{ who }},
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
            coverage.{{ who }} = thirds.{{ who }}
            and coverage.ruleset = thirds.ruleset
    left join ladders
        on coverage.ruleset = ladders.ruleset

),

graded as (

    select
        positions.{{ who }},
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
{% endmacro %}
