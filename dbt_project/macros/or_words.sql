{# A list of words as one alternative: `a, b or c`; null of none. #}
{% macro or_words(words) -%}
    nullif(
        concat_ws(
            ' or ',
            nullif(array_to_string({{ words }}[:-2], ', '), ''),
            {{ words }}[-1]
        ),
        ''
    )
{%- endmacro %}
