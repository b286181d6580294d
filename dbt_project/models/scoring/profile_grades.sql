{{ grades_of(
    ref('profile_coverage'), ref('profile_points'), ref('int_lead_rulesets'),
    'profile_id'
) }}
