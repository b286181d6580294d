{{ conditions_met_by(
    ref('account_signals'), ref('account_signal_values'), 'account_id'
) }}
