{# The names that a cell of a rule file joins by "|", each once. #}
{% macro names_in(cell) -%}
    list_distinct(list_transform(string_split({{ cell }}, '|'), lambda name: trim(name)))
{%- endmacro %}
