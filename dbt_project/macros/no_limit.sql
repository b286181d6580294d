{# More points than any score can have: where a rule file states no limit. #}
{% macro no_limit() -%}
    cast(99999999999999 as decimal(18, 4))
{%- endmacro %}
