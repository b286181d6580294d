{# The newest 35 days on which somebody crossed stay, as they came out. #}
{{ config(materialized='scored_days', day_column='event_date', kept_days=35) }}

-- depends_on: {{ ref('int_scored_days') }}

with crossings as (

    select * from {{ ref('alert_crossings') }}

),

alerts as (

    select * from {{ ref('alert_limits') }}

),

rulesets as (

    select * from {{ ref('shown_rulesets') }}

),

followed as (

    select
        *,
        -- Nobody was told of what other rules brought about: it silences nothing.
        lag(if(is_rule_change, null, event_date) ignore nulls) over (
            partition by lead_id, ruleset, alert, direction order by event_date
        ) as previous_event_date
    from crossings

),

crossed as (

    select
        followed.*,
        alerts.how,
        alerts.message,
        case
            when followed.is_rule_change then 'The rules changed'
            when alerts.measure != 'stage' and followed.stage = 'excluded'
                then 'The lead is excluded'
            when alerts.tells not in (followed.direction, 'both') then 'Nobody asked'
        end as untold_because
    from followed
    inner join alerts
        on followed.alert = alerts.alert
    inner join rulesets
        on
            followed.event_date = rulesets.as_of_date
            and followed.ruleset = rulesets.ruleset
    where
        {{ is_shown('followed.lead_id', 'rulesets') }}
        and coalesce(
            {{ days_between('followed.previous_event_date', 'followed.event_date') }}
            > alerts.once_in_days,
            true
        )

),

events as (

    select
        substr(
            sha256(concat_ws(';', lead_id, alert, direction, event_date)), 1, 16
        ) as event_id,
        lead_id,
        ruleset,
        alert,
        direction,
        event_date,
        value,
        value_before,
        replace(
            replace(message, '{value}', value),
            '{before}', coalesce(value_before, 'no score')
        ) as message,
        how,
        is_new,
        is_rule_change,
        untold_because is null as tells_it,
        untold_because
    from crossed

)

select * from events
