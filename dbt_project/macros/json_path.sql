{# A column's name as a JSON path spells it: a"."b is one name, no step into another. #}
{% macro json_path(name) -%}
    '$."' || regexp_replace({{ name }}, '([\\"])', '\\\1', 'g') || '"'
{%- endmacro %}
