{# A view: copying thirty rows a lead takes longer than computing them. #}
{{ config(materialized='view') }}

with traits as (

    select * from {{ ref('int_lead_traits') }}

),

attributes as (

    select * from {{ ref('int_lead_attributes') }}

),

signals as (

    {{ unpivoted_signals() }}

)

select * from signals
