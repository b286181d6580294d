{{ config(materialized='view') }}

with signals as (

    select * from {{ ref('int_lead_signals') }}

),

results as (

    select * from {{ ref('lead_results') }}
    where valid_to = {{ as_of_to() }}

),

priced as (

    select distinct
        ruleset,
        signal
    from {{ ref('signal_rules') }}

),

completeness as (

    select
        results.lead_id,
        results.ruleset,
        cast(
            100.0 * count_if(signals.value_text != '(missing)') / count(*)
            as decimal(5, 2)
        ) as completeness_pct
    from results
    inner join signals
        on
            results.lead_id = signals.lead_id
            and results.valid_from = signals.valid_from
    inner join priced
        on
            results.ruleset = priced.ruleset
            and signals.signal = priced.signal
    group by results.lead_id, results.ruleset

)

select * from completeness
