{{ coverage_of(
    ref('lead_profiles'), ref('int_lead_rulesets'), ref('profile_conditions'),
    ref('profile_criteria'), 'profile_id'
) }}
