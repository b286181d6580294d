{# Points of an activity rule: rounded once, then held within its max_points. #}
{% macro activity_points(points, weight, max_points) -%}
    {{ between_limits(
        'cast(round(' ~ points ~ ' * ' ~ weight ~ ', 4) as decimal(18, 4))',
        '-abs(' ~ max_points ~ ')', 'abs(' ~ max_points ~ ')'
    ) }}
{%- endmacro %}
