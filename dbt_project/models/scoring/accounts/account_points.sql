{{ points_of(
    ref('account_facts'), ref('account_rulesets'), ref('account_dimension_points'),
    ['account_id']
) }}
