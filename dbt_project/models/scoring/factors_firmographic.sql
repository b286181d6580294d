{{ config(materialized='view') }}

{{ factors_of('firmographic') }}
