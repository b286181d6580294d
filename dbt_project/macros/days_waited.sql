{# So many days a call waits for a day on which somebody of its team works. #}
{% macro days_waited() -%}
    31
{%- endmacro %}
