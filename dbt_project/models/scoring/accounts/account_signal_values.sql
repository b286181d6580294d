{{ signal_values_of(ref('account_signals')) }}
