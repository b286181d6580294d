{#
  Units of the activities that count: one row per `who` (the column that tells whose
  they are), `counting_id` and day on which units have their newest event.
#}
{% macro activity_units_of(counts, who) %}
with counts as (

    select * from {{ counts }}

),

countings as (

    select * from {{ ref('countings') }}

),

counted as (

    select
        counts.*,
        countings.per,
        countings.per_count,
        countings.max_units,
        countings.decay,
        countings.decay_days
    from counts
    inner join countings
        on counts.counting_id = countings.counting_id

),

-- Within its period, how many events are newer than this day's. A day is a period of
-- its own, which most rules ask for: nothing has to be sorted.
ordered as (

    select
        *,
        0 as newer_events,
        event_count as period_events
    from counted
    where per = 'day'

    union all

    select
        *,
        sum(event_count) over newest_first - event_count as newer_events,
        sum(event_count) over period as period_events
    from counted
    where per is distinct from 'day'
    window
        period as (
            partition by {{ who }}, counting_id, period_start
        ),
        newest_first as (
            partition by {{ who }}, counting_id, period_start
            order by activity_date desc
        )

),

limited as (

    select
        *,
        least(
            period_events // per_count,
            coalesce(max_units, period_events // per_count)
        ) as period_units
    from ordered

),

-- From the newest event back, every per_count-th one starts a unit: those that
-- start on this day are those started by its end less those started before it.
started as (

    select
        *,
        least(
            period_units, (newer_events + event_count + per_count - 1) // per_count
        )
        - least(period_units, (newer_events + per_count - 1) // per_count) as units,
        {{ decay_weight(
            'decay', days_between('activity_date', 'valid_from'), 'decay_days'
        ) }} as unit_weight
    from limited

),

units as (

    select
        {{ who }},
        counting_id,
        activity_date,
        first_at,
        last_at,
        units,
        units * per_count as occurrences,
        units * unit_weight as weight
    from started

)

select * from units
where weight > 0
{% endmacro %}
