{# Fails for every row that lacks one of the columns: one query for a whole model. #}
{% test no_nulls(model, column_names) %}

select {{ column_names | join(', ') }}
from {{ model }}
where {{ column_names | join(' is null or ') }} is null

{% endtest %}
