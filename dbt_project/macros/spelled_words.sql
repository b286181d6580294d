{#
  A text as wanted_words can be held against it: its words in lower case, each with a
  blank on both sides. A slash and a dot are words of their own, for they part paths and
  hosts; all other signs only separate words.
#}
{% macro spelled_words(text) -%}
    array_to_string(
        list_transform(
            regexp_extract_all(lower({{ text }}), '[/.]|[\p{L}\p{M}\p{N}]+'),
            lambda word: ' ' || word || ' '
        ), ''
    )
{%- endmacro %}
