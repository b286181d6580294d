{{ config(materialized='view') }}

{{ activity_units_of(ref('aged_counts')) }}
