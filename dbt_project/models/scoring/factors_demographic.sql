{{ config(materialized='view') }}

{{ factors_of('demographic') }}
