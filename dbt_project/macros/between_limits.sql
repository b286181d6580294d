{# Points held between a cap's two limits, either of which may be empty. #}
{% macro between_limits(points, min_points, max_points) -%}
    greatest(
        least({{ points }}, coalesce({{ max_points }}, {{ no_limit() }})),
        coalesce({{ min_points }}, -{{ no_limit() }})
    )
{%- endmacro %}
