{# The share, 0 to 1, that has so large log odds. #}
{% macro share_of_odds(log_odds) -%}
    1 / (1 + exp(-({{ log_odds }})))
{%- endmacro %}
