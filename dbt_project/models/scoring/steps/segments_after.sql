with spans as (

    select * from {{ ref('int_lead_spans') }}
    where valid_to = {{ as_of_to() }}

),

choices as (

    select
        * exclude (segments),
        unnest(segments) as signal
    from {{ ref('next_activities') }}

),

segment_rows as (

    select * from {{ ref('segment_rows') }}

),

counts as (

    select * from {{ ref('segment_counts') }}

),

met_signal_conditions as (

    select * from {{ ref('met_signal_conditions') }}

),

asked as (

    select
        choices.choice_id,
        segment_rows.row_id,
        segment_rows.signal,
        segment_rows.condition_id,
        segment_rows.min_count,
        segment_rows.max_count,
        coalesce(
            list_contains(choices.rows_begun_anew, segment_rows.row_id), false
        ) as begins_anew,
        coalesce(
            list_contains(choices.rows_added_to, segment_rows.row_id), false
        ) as is_added_to
    from choices
    inner join segment_rows
        on choices.signal = segment_rows.signal

),

counted as (

    select
        spans.span_id,
        asked.*,
        met.span_id is not null as is_met,
        if(asked.begins_anew, 0, coalesce(counts.event_count, 0))
        + if(asked.is_added_to, 1, 0) as event_count
    from asked
    cross join spans
    left join counts
        on
            asked.row_id = counts.row_id
            and spans.span_id = counts.span_id
    left join met_signal_conditions as met
        on
            asked.condition_id = met.condition_id
            and spans.span_id = met.span_id

),

members as (

    select
        span_id,
        choice_id,
        signal,
        if(bool_and(
            if(
                condition_id is not null,
                is_met,
                event_count between min_count and coalesce(max_count, event_count)
            )
        ), 'yes', 'no') as value_name
    from counted
    group by span_id, choice_id, signal

)

select * from members
