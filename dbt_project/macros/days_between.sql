{# Whole days from one date to a later one; the same day is 0. #}
{% macro days_between(earlier, later) -%}
    ({{ later }} - {{ earlier }})
{%- endmacro %}
