{{ config(materialized='view') }}

with qualification_rows as (

    select * from {{ ref('qualification_rows') }}

),

segment_rows as (

    select * from {{ ref('segment_rows') }}

),

engagement as (

    select list(distinct activity) as activities
    from {{ ref('activities') }}
    where is_engagement

),

-- What sets points back tells nothing of what it leads to.
asked as (

    select
        ruleset,
        unnest(activities) as activity
    from qualification_rows

    union

    select
        ruleset,
        '*' as activity
    from qualification_rows

    except

    select
        ruleset,
        activity
    from {{ ref('resets') }}

),

answered as (

    select
        asked.ruleset,
        asked.activity,
        list(rows_asked.row_order order by rows_asked.row_order) filter (
            where list_contains(rows_asked.activities, asked.activity)
        ) as row_orders
    from asked
    inner join qualification_rows as rows_asked
        on asked.ruleset = rows_asked.ruleset
    group by asked.ruleset, asked.activity

),

segment_effects as (

    select distinct
        asked.ruleset,
        asked.activity,
        segment_rows.row_id,
        segment_rows.signal,
        coalesce(
            list_contains(segment_rows.activities_before, asked.activity), false
        ) as begins_anew
    from asked
    cross join engagement
    inner join qualification_rows
        on asked.ruleset = qualification_rows.ruleset
    inner join segment_rows
        on qualification_rows.asked_signal = segment_rows.signal
    where
        list_contains(segment_rows.activities_before, asked.activity)
        or (
            segment_rows.activities_before is null
            and (
                list_contains(segment_rows.activities, asked.activity)
                or (
                    asked.activity = '*'
                    and list_has_all(segment_rows.activities, engagement.activities)
                )
            )
        )

),

effects as (

    select
        ruleset,
        activity,
        list(row_id order by row_id) filter (where begins_anew) as rows_begun_anew,
        list(row_id order by row_id) filter (where not begins_anew) as rows_added_to,
        list_sort(list(distinct signal)) as segments
    from segment_effects
    group by ruleset, activity

),

activity_effects as (

    select
        answered.ruleset,
        answered.activity,
        answered.row_orders,
        effects.rows_begun_anew,
        effects.rows_added_to,
        effects.segments
    from answered
    left join effects
        on
            answered.ruleset = effects.ruleset
            and answered.activity = effects.activity

)

select * from activity_effects
