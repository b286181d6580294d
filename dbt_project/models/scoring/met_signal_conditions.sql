{{ conditions_met_by(
    ref('int_lead_signals'), ref('int_signal_values'), 'span_id'
) }}
