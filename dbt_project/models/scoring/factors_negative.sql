{{ config(materialized='view') }}

{{ factors_of('negative') }}
