{#
  A pattern of a mapping as a SQL LIKE pattern for what spelled_words makes of a text:
  "*" stands for any words, also none, and never for a part of one.
#}
{% macro wanted_words(pattern) -%}
    array_to_string(
        list_transform(
            regexp_extract_all(lower({{ pattern }}), '[*/.]|[\p{L}\p{M}\p{N}]+'),
            lambda word: case when word = '*' then '%' else ' ' || word || ' ' end
        ), ''
    )
{%- endmacro %}
