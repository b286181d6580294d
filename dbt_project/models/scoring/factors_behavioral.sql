{{ config(materialized='view') }}

{{ factors_of('behavioral') }}
