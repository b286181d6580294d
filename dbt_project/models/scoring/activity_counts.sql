with spans as (

    select * from {{ ref('int_lead_spans') }}

),

activity_days as (

    select * from {{ ref('int_lead_activity_days') }}

),

rules as (

    select
        *,
        unnest({{ names_in('activity') }}) as priced_activity,
        -- How many days an event may be older than the unit it completes.
        case
            when coalesce(per_count, 1) = 1 then 0 else {{ period_span('per') }}
        end as unit_days
    from {{ ref('keyed_rules') }}
    where activity is not null
    qualify row_number() over (partition by count_key order by ruleset, rule_id) = 1

),

reset_dates as (

    select * from {{ ref('reset_dates') }}

),

counts as (

    select
        spans.span_id,
        spans.valid_from,
        rules.count_key,
        activity_days.activity_date,
        any_value(
            {{ period_start('rules.per', 'activity_days.activity_date') }}
        ) as period_start,
        sum(activity_days.event_count) as event_count,
        min(activity_days.first_at) as first_at,
        max(activity_days.last_at) as last_at
    from spans
    inner join activity_days
        on
            spans.lead_id = activity_days.lead_id
            and spans.valid_from
            between activity_days.valid_from and activity_days.valid_to
    inner join rules
        on activity_days.activity = rules.priced_activity
    left join reset_dates
        on
            spans.span_id = reset_dates.span_id
            and rules.ruleset = reset_dates.ruleset
            and rules.rule_group = reset_dates.rule_group
    where
        (
            rules.window_days is null
            or {{ days_between('activity_days.activity_date', 'spans.valid_from') }}
            < rules.window_days
        )
        and (
            reset_dates.reset_date is null
            or activity_days.activity_date >= reset_dates.reset_date
        )
        -- What has decayed to nothing is left out early: it is most of the history.
        and (
            rules.decay != 'linear'
            or rules.unit_days is null
            or {{ days_between('activity_days.activity_date', 'spans.valid_from') }}
            < rules.decay_days + rules.unit_days
        )
    group by
        spans.span_id, spans.valid_from, rules.count_key, activity_days.activity_date

)

select * from counts
