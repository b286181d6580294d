with spans as (

    select * from {{ ref('int_lead_spans') }}
    where valid_to = {{ as_of_to() }}

),

checks as (

    select * from {{ ref('qualification_checks') }}

),

segments_after as (

    select
        span_id,
        list_sort(list(struct_pack(
            choice_id := choice_id, signal := signal, value_name := value_name
        ))) as segments
    from {{ ref('segments_after') }}
    group by span_id

),

-- Sorted afterwards: lists that are ordered while they grow take much longer.
checked as (

    select
        spans.span_id,
        spans.lead_id,
        scores.ruleset,
        scores.grade,
        list_sort(list(
            struct_pack(
                row_order := checks.row_order,
                has_grade := checks.has_grade,
                has_activity := checks.has_activity,
                has_signal := checks.has_signal,
                points := checks.missing_points,
                behavioral_points := checks.missing_behavioral_points
            )
        )) as checks
    from {{ ref('lead_scores') }} as scores
    inner join spans
        on scores.lead_id = spans.lead_id
    inner join checks
        on
            spans.span_id = checks.span_id
            and scores.ruleset = checks.ruleset
    where not scores.is_excluded
    group by spans.span_id, spans.lead_id, scores.ruleset, scores.grade

),

joined as (

    select
        checked.*,
        coalesce(segments_after.segments, []) as segments
    from checked
    left join segments_after
        on checked.span_id = segments_after.span_id

),

leveled as (

    select
        *,
        list_sort(list_distinct(list_prepend(0, list_transform(
            checks, lambda x: greatest(x['points'], x['behavioral_points'])
        )))) as levels
    from joined

),

-- Not how many points are missing makes a difference, but which rows miss more.
told as (

    select
        *,
        list_transform(
            checks,
            lambda x: struct_pack(
                has_grade := x['has_grade'],
                has_activity := x['has_activity'],
                has_signal := x['has_signal'],
                is_done := x['behavioral_points'] > 0,
                place := list_position(
                    levels, greatest(x['points'], x['behavioral_points'])
                )
            )
        ) as differences
    from leveled

),

-- The first span that has it stands for a state.
states as (

    select
        ruleset,
        differences,
        segments,
        min(span_id) as state_id
    from told
    group by ruleset, differences, segments

),

lead_states as (

    select
        told.lead_id,
        told.span_id,
        told.ruleset,
        told.grade,
        states.state_id,
        told.checks
    from told
    inner join states
        on
            told.ruleset = states.ruleset
            and told.differences = states.differences
            and told.segments = states.segments

)

select * from lead_states
