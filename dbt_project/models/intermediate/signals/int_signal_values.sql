{{ signal_values_of(ref('int_lead_signals')) }}
