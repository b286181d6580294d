with lead_points as (

    select * from {{ ref('lead_points') }}

),

grade_thirds as (

    select * from {{ ref('grade_thirds') }}

),

signal_coverage as (

    select * from {{ ref('signal_coverage') }}

),

rulesets as (

    select * from {{ ref('rulesets') }}

),

grades as (

    select * from {{ ref('grades') }}

),

ladders as (

    select
        rulesets.ruleset,
        max(grades.position) as top_position,
        min(grades.position) as bottom_position,
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
        lead_points.*,
        signal_coverage.completeness_pct,
        case
            -- One known criterion says too little about a person.
            when
                signal_coverage.known_criteria > 1
                and ladders.start_position is not null
                then greatest(
                    ladders.bottom_position,
                    least(
                        ladders.top_position,
                        ladders.start_position + coalesce(grade_thirds.thirds, 0)
                    )
                )
        end as grade_position
    from lead_points
    left join ladders
        on lead_points.ruleset = ladders.ruleset
    left join grade_thirds
        on
            lead_points.held_pattern = grade_thirds.held_pattern
            and lead_points.ruleset = grade_thirds.ruleset
    left join signal_coverage
        on
            lead_points.known_signals = signal_coverage.known_signals
            and lead_points.ruleset = signal_coverage.ruleset

),

graded as (

    select
        positions.*,
        coalesce(grades.grade, '-') as grade
    from positions
    left join grades
        on
            positions.ruleset = grades.ruleset
            and positions.grade_position = grades.position

)

-- The columns of the model before, and those of this one.
select * exclude (held_pattern, known_signals) from graded -- noqa: AM04
