{# A list of words as a text: "a, b or c". #}
{% macro either_of(words) -%}
    concat_ws(
        ' or ',
        nullif(array_to_string(list_slice({{ words }}, 1, -2), ', '), ''),
        {{ words }}[-1]
    )
{%- endmacro %}
