{# A share whose odds are multiplied: the limit of an interval on their logarithm. #}
{% macro odds_moved(share, logarithm) -%}
    1 / (1 + (1 - {{ share }}) / {{ share }} * exp(-({{ logarithm }})))
{%- endmacro %}
