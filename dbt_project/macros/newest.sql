{# The newest known value over a person's CRM records; a tie goes to the higher id. #}
{% macro newest(column) -%}
    max_by(
        records.{{ column }},
        row(coalesce(records.updated_at, cast('1900-01-01' as timestamp)), records.lead_id)
    ) filter (where records.{{ column }} is not null)
{%- endmacro %}
