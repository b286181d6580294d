{#
  Points still to come, for people: rounded up to two decimals, so that as many are
  enough.
#}
{% macro points_text(points) -%}
    {%- set rounded -%}
        cast(ceil({{ points }} * 100) / 100 as decimal(18, 2))
    {%- endset -%}
    {{ number_text(rounded) }}
{%- endmacro %}
