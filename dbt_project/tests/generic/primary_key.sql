{#
  Fails for every key that stands in more than one row or lacks a part, unless the part
  is one of `nullable_columns`. With `day_column` only rows of the scored days on are
  looked at: earlier ones were tested when their days were scored.
#}
{% test primary_key(model, column_names, nullable_columns=[], day_column='') %}

select {{ (column_names + nullable_columns) | join(', ') }}
from {{ model }}
where {{ (day_column ~ ' >= ' ~ as_of_from()) if day_column else 'true' }}
group by {{ (column_names + nullable_columns) | join(', ') }}
having count(*) > 1 or {{ column_names | join(' is null or ') }} is null

{% endtest %}
