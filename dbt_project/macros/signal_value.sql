{# A value as rules spell it: trimmed, lower case, "|" kept for between values. #}
{% macro signal_value(text) -%}
    nullif(replace(lower(trim({{ text }})), '|', '/'), '')
{%- endmacro %}
