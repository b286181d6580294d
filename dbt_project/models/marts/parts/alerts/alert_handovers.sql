{# A view: it is read once. #}
{{ config(materialized='view') }}

with states as (

    select * from {{ ref('alert_states') }}

),

handovers as (

    select * from {{ ref('handovers') }}

),

-- The first day of the lead since it took over from the other.
firsts as (

    select
        states.lead_id,
        states.ruleset,
        states.alert,
        states.as_of_date,
        handovers.previous_lead_id,
        handovers.since
    from states
    inner join handovers
        on states.lead_id = handovers.lead_id
    where
        states.as_of_date >= handovers.since
        and coalesce(states.previous_date < handovers.since, true)

),

taken_over as (

    select
        firsts.lead_id,
        firsts.ruleset,
        firsts.alert,
        firsts.as_of_date,
        firsts.previous_lead_id,
        previous.is_in as was_in,
        previous.value as value_before,
        previous.ruleset_fingerprint as fingerprint_before
    from firsts
    inner join states as previous
        on
            firsts.previous_lead_id = previous.lead_id
            and firsts.ruleset = previous.ruleset
            and firsts.alert = previous.alert
    left join states as still_there
        on
            firsts.previous_lead_id = still_there.lead_id
            and firsts.ruleset = still_there.ruleset
            and firsts.alert = still_there.alert
            and firsts.as_of_date = still_there.as_of_date
    where
        still_there.lead_id is null
        and previous.as_of_date < firsts.since
        and {{ days_between('previous.as_of_date', 'firsts.as_of_date') }}
        <= {{ look_back_days() }}
    -- The last day that the other lead was scored.
    qualify
        row_number() over (
            partition by
                firsts.previous_lead_id, firsts.lead_id, firsts.ruleset, firsts.alert,
                firsts.as_of_date
            order by previous.as_of_date desc
        ) = 1

),

-- Of several that became one: who was in.
handed_over as (

    select * from taken_over
    qualify
        row_number() over (
            partition by lead_id, ruleset, alert, as_of_date
            order by was_in desc, previous_lead_id asc
        ) = 1

)

select * from handed_over
