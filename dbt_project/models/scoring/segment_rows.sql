with segments as (

    select * from {{ ref('segments') }}

),

conditions as (

    select * from {{ ref('conditions') }}

),

engagement as (

    select list(distinct activity) as activities
    from {{ ref('activities') }}
    where is_engagement

),

numbered as (

    select
        cast(row_number() over () as integer) as row_id,
        {{ asked_signal(
            "'segment.' || segments.segment", 'segments.ruleset'
        ) }} as signal,
        count(*) over (partition by segments.ruleset, segments.segment) as row_count,
        conditions.condition_id,
        if(
            segments.activity = '*',
            engagement.activities,
            {{ names_in('segments.activity') }}
        ) as activities,
        {{ names_in('segments.after_activity') }} as activities_before,
        segments.within_days,
        -- With a largest count alone, none is enough.
        coalesce(segments.min_count, if(segments.max_count is null, 1, 0)) as min_count,
        segments.max_count,
        concat_ws(
            ' ',
            segments.signal,
            segments.value_text,
            'from ' || segments.min_value,
            'below ' || segments.max_value,
            segments.activity,
            'after ' || segments.after_activity,
            'within ' || segments.within_days,
            'at least ' || segments.min_count,
            'at most ' || segments.max_count
        ) as asked
    from segments
    cross join engagement
    left join conditions
        on
            segments.signal is not null
            and {{ condition(
                'segments.signal', 'segments.value_text', 'segments.min_value',
                'segments.max_value'
            ) }} = conditions.condition

)

select * from numbered
