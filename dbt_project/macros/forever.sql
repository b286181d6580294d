{# The last day of what has no end. #}
{% macro forever() -%}
    cast('9999-12-31' as date)
{%- endmacro %}
