{# How many of a name's words are written in a script. #}
{% macro words_in_script(words, script) -%}
    len(list_filter(
        {{ words }},
        word -> regexp_matches(word, '^\p{{ '{' ~ script ~ '}' }}')
    ))
{%- endmacro %}
