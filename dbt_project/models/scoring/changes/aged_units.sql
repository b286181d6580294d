{{ config(materialized='view') }}

{{ activity_units_of(ref('aged_counts'), 'lead_id') }}
