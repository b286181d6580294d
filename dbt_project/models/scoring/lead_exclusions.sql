{{ config(materialized='view') }}

with exclusions as (

    select
        * exclude (value_text),
        {{ wanted_values('value_text') }} as wanted
    from {{ ref('exclusions') }}

),

matched as (

    {{ unpivoted_signals(
        'exclusions', value_matches('signals.value_text', 'rules.wanted')
    ) }}

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
