{#
  Units of the activities that count: one row per `who` (the column that tells whose
  they are), `count_key` and day on which units have their newest event.
#}
{% macro activity_units_of(counts, who) %}
with counts as (

    select * from {{ counts }}

),

rules as (

    select distinct
        count_key,
        per,
        coalesce(per_count, 1) as per_count,
        max_units,
        decay,
        decay_days
    from {{ ref('keyed_rules') }}

),

counted as (

    select
        counts.*,
        rules.per,
        rules.per_count,
        rules.max_units,
        rules.decay,
        rules.decay_days
    from counts
    inner join rules
        on counts.count_key = rules.count_key

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
            partition by {{ who }}, count_key, period_start
        ),
        newest_first as (
            partition by {{ who }}, count_key, period_start
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
        count_key,
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
