{# A view: copying thirty rows a lead takes longer than computing them. #}
{{ config(materialized='view') }}

with signals as (

    {{ unpivoted_signals() }}

)

select * from signals
