{{ config(materialized='view') }}

with signals as (

    select * from {{ ref('int_lead_signals') }}

),

exclusions as (

    select
        *,
        {{ wanted_values('value_text') }} as wanted
    from {{ ref('exclusions') }}

),

matched as (

    select
        signals.lead_id,
        signals.valid_from,
        exclusions.ruleset,
        exclusions.effect,
        exclusions.reason
    from signals
    inner join exclusions
        on
            signals.signal = exclusions.signal
            and {{ value_matches('signals.value_text', 'exclusions.wanted') }}

),

-- `excluded` outweighs `no_queue`.
strongest as (

    select
        lead_id,
        valid_from,
        ruleset,
        min(effect) as effect,
        min_by(reason, row(effect, reason)) as reason
    from matched
    group by lead_id, valid_from, ruleset

)

select * from strongest
