{{ config(materialized='view') }}

with exclusions as (

    select
        * exclude (value_text),
        {{ wanted_values('value_text') }} as wanted
    from {{ ref('exclusions') }}

),

{{ matched_signals('exclusions') }},

-- `excluded` outweighs `no_queue`.
strongest as (

    select
        span_id,
        ruleset,
        min(effect) as effect,
        min_by(reason, row(effect, reason)) as reason
    from matched
    group by span_id, ruleset

)

select * from strongest
