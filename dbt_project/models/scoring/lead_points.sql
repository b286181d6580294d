{{ points_of(
    ref('lead_profiles'), ref('int_lead_rulesets'), ref('dimension_points'),
    ['span_id', 'profile_id']
) }}
