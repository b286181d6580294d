{# The day that the last day of this run is compared with; itself if there is none. #}
{% macro compared_date() -%}
    cast('{{ this_run("compared_date") }}' as date)
{%- endmacro %}
