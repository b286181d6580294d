{{ dimension_points_of(
    ref('account_rules_held'), ref('account_group_caps'), 'account_id'
) }}
