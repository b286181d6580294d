{{ config(materialized='view') }}

with lead_grades as (

    select * from {{ ref('lead_grades') }}

),

reached as (

    select * from {{ ref('reached_rows') }}

),

unconditional as (

    select
        ruleset,
        grade_position,
        total_points,
        behavioral_points,
        min(row_order) as row_order
    from reached
    where further_conditions = 0
    group by ruleset, grade_position, total_points, behavioral_points

),

conditions_met as (

    select
        span_id,
        ruleset,
        row_order,
        count(*) as further_conditions
    from {{ ref('qualification_conditions') }}
    group by span_id, ruleset, row_order

),

-- Few leads: to be found before anything is joined to all.
graded as materialized (

    select
        conditions_met.*,
        lead_grades.grade_position,
        lead_grades.total_points,
        lead_grades.behavioral_points
    from conditions_met
    inner join lead_grades
        on
            conditions_met.span_id = lead_grades.span_id
            and conditions_met.ruleset = lead_grades.ruleset

),

conditional as (

    select
        graded.span_id,
        graded.ruleset,
        min(graded.row_order) as row_order
    from graded
    inner join reached
        on
            graded.ruleset = reached.ruleset
            and graded.grade_position is not distinct from reached.grade_position
            and graded.total_points = reached.total_points
            and graded.behavioral_points = reached.behavioral_points
            and graded.row_order = reached.row_order
            and graded.further_conditions = reached.further_conditions
    group by graded.span_id, graded.ruleset

),

-- The first row that holds; a lead for whom none does has none.
qualified as (

    select
        lead_grades.*,
        least(unconditional.row_order, conditional.row_order) as row_order
    from lead_grades
    left join unconditional
        on
            lead_grades.ruleset = unconditional.ruleset
            and lead_grades.grade_position
            is not distinct from unconditional.grade_position
            and lead_grades.total_points = unconditional.total_points
            and lead_grades.behavioral_points = unconditional.behavioral_points
    left join conditional
        on
            lead_grades.span_id = conditional.span_id
            and lead_grades.ruleset = conditional.ruleset

)

-- The columns of the model before, and the one of this.
select * from qualified -- noqa: AM04
