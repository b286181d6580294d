with segment_rows as (

    select * from {{ ref('segment_rows') }}

),

spans as (

    select * from {{ ref('int_lead_spans') }}

),

met_signal_conditions as (

    select * from {{ ref('met_signal_conditions') }}

),

counts as (

    select * from {{ ref('segment_counts') }}

),

met as (

    select
        segment_rows.row_id,
        met_signal_conditions.span_id
    from segment_rows
    inner join met_signal_conditions
        on segment_rows.condition_id = met_signal_conditions.condition_id

    union all

    select
        segment_rows.row_id,
        counts.span_id
    from segment_rows
    inner join counts
        on
            segment_rows.row_id = counts.row_id
            and counts.event_count between
            segment_rows.min_count
            and coalesce(segment_rows.max_count, counts.event_count)

    union all

    select
        segment_rows.row_id,
        spans.span_id
    from segment_rows
    cross join spans
    left join counts
        on
            segment_rows.row_id = counts.row_id
            and spans.span_id = counts.span_id
    where
        segment_rows.activities is not null
        and segment_rows.min_count = 0
        and counts.span_id is null

),

members as (

    select
        met.span_id,
        segment_rows.signal
    from met
    inner join segment_rows
        on met.row_id = segment_rows.row_id
    group by met.span_id, segment_rows.signal, segment_rows.row_count
    having count(*) = segment_rows.row_count

)

select * from members
