{# Below so many successes, and so many expected ones, nothing is said of a group. #}
{% macro fewest_successes() -%}
    5
{%- endmacro %}
