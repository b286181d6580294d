{{ config(materialized='view') }}

with asked_values as (

    select * from {{ ref('asked_values') }}

),

asked_activities as (

    select * from {{ ref('asked_activities') }}

),

segments as (

    select
        *,
        row_number() over () as line
    from {{ ref('segments') }}

),

rulesets as (

    select * from {{ ref('rulesets') }}

),

segment_rows as (

    select
        segments.ruleset,
        segments.segment,
        segments.line,
        coalesce(
            asked_values.words,
            concat(
                if(segments.max_count = 0, 'never ', ''),
                done.words,
                ' at least ' || nullif(segments.min_count, 1) || ' times',
                ' at most ' || nullif(segments.max_count, 0) || ' times',
                ' in the last ' || segments.within_days || ' days',
                ' since they ' || earlier.words
            )
        ) as words
    from segments
    left join asked_values
        on
            segments.signal = asked_values.signal
            and {{ condition(
                'segments.signal', 'segments.value_text', 'segments.min_value',
                'segments.max_value'
            ) }} = asked_values.condition
    left join asked_activities as done
        on segments.activity = done.asked
    left join asked_activities as earlier
        on segments.after_activity = earlier.asked

),

segments_told as (

    select
        ruleset,
        'segment.' || segment as signal,
        string_agg(words, ', and ' order by line) as words
    from segment_rows
    group by ruleset, segment

),

told as (

    select
        rulesets.ruleset,
        asked_values.condition,
        case
            when segments_told.signal is null then asked_values.words
            else concat(
                if(
                    contains(asked_values.condition, '|no|')
                    != contains(asked_values.condition, '!'), 'not ', ''
                ),
                replace(replace(asked_values.signal, 'segment.', ''), '_', ' '),
                ' (', segments_told.words, ')'
            )
        end as words
    from asked_values
    cross join rulesets
    left join segments_told
        on
            rulesets.ruleset = segments_told.ruleset
            and asked_values.signal = segments_told.signal

)

select * from told
