{# A view: it is read once. #}
{{ config(materialized='view') }}

with states as (

    select * from {{ ref('alert_states') }}

),

handovers as (

    select * from {{ ref('alert_handovers') }}

),

alerts as (

    select * from {{ ref('alert_limits') }}

),

-- The rulesets' days that have one before them: else every lead would seem new.
ruleset_days as (

    select
        ruleset,
        as_of_date
    from {{ ref('lead_score_summary') }}
    group by ruleset, as_of_date
    qualify
        {{ days_between(
            'lag(as_of_date) over (partition by ruleset order by as_of_date)',
            'as_of_date'
        ) }} <= {{ look_back_days() }}

),

joined as (

    select
        states.*,
        handovers.was_in as other_was_in,
        handovers.value_before as other_value_before,
        handovers.fingerprint_before as other_fingerprint_before,
        -- A lead that was not scored for so long begins anew.
        coalesce({{ days_between(
            'states.previous_date', 'states.as_of_date'
        ) }} > {{ look_back_days() }}, true)
        or coalesce(handovers.was_in and not states.was_in, false) as is_as_other
    from states
    left join handovers
        on
            states.lead_id = handovers.lead_id
            and states.ruleset = handovers.ruleset
            and states.alert = handovers.alert
            and states.as_of_date = handovers.as_of_date

),

compared as (

    select
        * replace (
            if(is_as_other, other_was_in, was_in) as was_in,
            if(is_as_other, other_value_before, value_before) as value_before,
            if(
                is_as_other, other_fingerprint_before, fingerprint_before
            ) as fingerprint_before
        )
    from joined

),

crossings as (

    select
        compared.*,
        compared.day_number + alerts.stay_days - 1 as counts_on,
        lead(compared.day_number) over (
            partition by compared.lead_id, compared.ruleset, compared.alert
            order by compared.day_number
        ) as next_day_number
    from compared
    inner join ruleset_days
        on
            compared.ruleset = ruleset_days.ruleset
            and compared.as_of_date = ruleset_days.as_of_date
    inner join alerts
        on compared.alert = alerts.alert
    where compared.is_in != coalesce(compared.was_in, false)

),

-- On the day by which it has stayed long enough.
stayed as (

    select
        crossings.lead_id,
        crossings.ruleset,
        crossings.alert,
        if(crossings.is_in, 'entered', 'left') as direction,
        states.as_of_date as event_date,
        states.stage,
        states.value,
        crossings.value_before,
        crossings.was_in is null as is_new,
        coalesce(
            crossings.ruleset_fingerprint != crossings.fingerprint_before, false
        ) as is_rule_change
    from crossings
    inner join states
        on
            crossings.lead_id = states.lead_id
            and crossings.ruleset = states.ruleset
            and crossings.alert = states.alert
            and crossings.counts_on = states.day_number
            and coalesce(crossings.next_day_number > states.day_number, true)
            and {{ days_between('crossings.as_of_date', 'states.as_of_date') }}
            <= {{ look_back_days() }}

)

select * from stayed
