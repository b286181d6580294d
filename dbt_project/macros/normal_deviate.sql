{# Within so many standard deviations lie 95 of 100 of a normal distribution. #}
{% macro normal_deviate() -%}
    1.959964
{%- endmacro %}
