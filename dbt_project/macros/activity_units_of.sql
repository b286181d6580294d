{#
  Units of the activities that count: one row per lead, span, ruleset, activity rule and
  day on which units have their newest event.
#}
{% macro activity_units_of(counts) %}
with counts as (

    select * from {{ counts }}

),

rules as (

    select
        ruleset,
        rule_id,
        coalesce(per_count, 1) as per_count,
        max_units,
        decay,
        decay_days
    from {{ ref('activity_rules') }}

),

-- Within its period, how many events are newer than this day's.
ordered as (

    select
        counts.*,
        rules.per_count,
        rules.decay,
        rules.decay_days,
        sum(counts.event_count) over newest_first - counts.event_count as newer_events,
        least(
            sum(counts.event_count) over period // rules.per_count,
            coalesce(
                rules.max_units,
                sum(counts.event_count) over period // rules.per_count
            )
        ) as period_units
    from counts
    inner join rules
        on
            counts.ruleset = rules.ruleset
            and counts.rule_id = rules.rule_id
    window
        period as (
            partition by
                counts.lead_id, counts.valid_from, counts.ruleset, counts.rule_id,
                counts.period_start
        ),
        newest_first as (
            partition by
                counts.lead_id, counts.valid_from, counts.ruleset, counts.rule_id,
                counts.period_start
            order by counts.activity_date desc
        )

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
    from ordered

),

units as (

    select
        lead_id,
        valid_from,
        ruleset,
        rule_id,
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
