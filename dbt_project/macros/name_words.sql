{# The words of a record's name, without initials; an empty list if there are none. #}
{% macro name_words(records) -%}
    list_filter(
        string_split_regex(
            lower(
                strip_accents(
                    concat_ws(' ', {{ records }}.first_name, {{ records }}.last_name)
                )
            ),
            '[^\p{L}]+'
        ),
        word -> length(word) > 1
    )
{%- endmacro %}
