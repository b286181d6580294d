{{ rules_held_by(
    ref('profile_conditions'), ref('int_lead_rulesets'), 'profile_id'
) }}
