{{ group_caps_of(ref('factors'), 'span_id') }}
