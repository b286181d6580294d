{{ group_caps_of(ref('account_rules_held'), 'account_id') }}
