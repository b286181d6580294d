{{ config(materialized='view') }}

{{ activity_units_of(ref('activity_counts'), 'span_id') }}
