{# A view: copying thirty rows a lead takes longer than computing them. #}
{{ config(materialized='view') }}

with spans as (

    select * from {{ ref('int_lead_spans') }}

),

unpivoted as (

    {{ unpivoted_signals() }}

),

signals as (

    select
        spans.lead_id,
        spans.valid_from,
        unpivoted.signal,
        unpivoted.value_text,
        unpivoted.value_number
    from unpivoted
    inner join spans
        on unpivoted.span_id = spans.span_id

)

select * from signals
