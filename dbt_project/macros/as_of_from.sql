{# The first day that this run scores; see as_of_to. #}
{% macro as_of_from() -%}
    cast('{{ env_var("LEADSCORE_AS_OF_FROM", "1970-01-01") }}' as date)
{%- endmacro %}
