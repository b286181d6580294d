{{ config(materialized='view') }}

{{ criteria_of(
    ref('lead_profiles'), ref('int_lead_rulesets'), ref('profile_conditions'),
    ref('profile_points'), 'profile_id'
) }}
