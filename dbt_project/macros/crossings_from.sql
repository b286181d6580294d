{# The first day that the crossings of this run may depend on: four steps back. #}
{% macro crossings_from() -%}
    {{ as_of_from() }} - 4 * {{ look_back_days() }}
{%- endmacro %}
