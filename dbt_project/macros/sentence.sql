{# Words that begin with a capital. #}
{% macro sentence(words) -%}
    upper(left({{ words }}, 1)) || substr({{ words }}, 2)
{%- endmacro %}
