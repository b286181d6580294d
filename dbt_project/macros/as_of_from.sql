{# The first day that this run scores; see as_of_to. #}
{% macro as_of_from() -%}
    cast('{{ this_run("from_date") }}' as date)
{%- endmacro %}
