{# The newest known value over a person's CRM records; see int_leads. #}
{% macro newest(column) -%}
    max_by(records.{{ column }}, records.newness) filter (
        where records.{{ column }} is not null
    )
{%- endmacro %}
