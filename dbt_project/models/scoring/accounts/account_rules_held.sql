{{ rules_held_by(ref('account_conditions'), ref('account_rulesets'), 'account_id') }}
