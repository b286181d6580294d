{# The band of twenty points that total points lie in, named by its least. #}
{% macro points_band(points) -%}
    20 * cast(floor({{ points }} / 20) as integer)
{%- endmacro %}
