{# A reason's first words if the CRM merged two records: the other one follows. #}
{% macro merged_with() -%}
    'The CRM merged it with '
{%- endmacro %}
