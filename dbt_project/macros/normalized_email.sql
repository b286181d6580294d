{# One spelling an address: trimmed, lower case; null if it is not an address. #}
{% macro normalized_email(column) -%}
    case when {{ column }} like '%_@_%' then lower(trim({{ column }})) end
{%- endmacro %}
