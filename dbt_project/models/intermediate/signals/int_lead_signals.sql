{# A view: to copy thirty rows a lead takes longer than to make them. #}
{{ config(materialized='view') }}

with traits as (

    select * from {{ ref('int_lead_traits') }}

),

signals as (

    select * from {{ ref('signals') }}

),

attributes as (

    select * from {{ ref('int_lead_attributes') }}

),

-- No signal is listed here: every column that signals.csv names is one. Of the others
-- these are left out early, since to write them as text takes long.
texts as (

    select
        span_id,
        cast(columns(
            * exclude ({{ no_signals() | join(', ') }})
        ) as varchar)
    from traits

),

unpivoted as (

    from texts
    unpivot include nulls (value for signal in (columns(* exclude (span_id))))

),

united as (

    select
        span_id,
        signal,
        value
    from unpivoted
    where signal in (select signals.signal from signals)

    union all

    select
        span_id,
        signal,
        value
    from attributes

)

select * from united
