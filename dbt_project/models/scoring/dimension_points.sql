{{ dimension_points_of(ref('factors'), ref('group_caps'), 'span_id') }}
