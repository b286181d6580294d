{# The last day that this run scores, and publishes. #}
{% macro as_of_to() -%}
    cast('{{ this_run("as_of_date") }}' as date)
{%- endmacro %}
