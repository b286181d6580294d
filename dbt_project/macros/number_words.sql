{# A number as people write it: 1,000 or 2.5. #}
{% macro number_words(number) -%}
    regexp_replace(format('{:,.4f}', cast({{ number }} as double)), '[.]?0+$', '')
{%- endmacro %}
