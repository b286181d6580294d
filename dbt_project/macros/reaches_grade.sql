{# Whether a grade is as good as a qualification row asks, or the one that it names. #}
{% macro reaches_grade(graded, asked) -%}
    (
        {{ asked }}.min_grade is null
        or {{ asked }}.min_grade = {{ graded }}.grade -- also `-`: none
        or coalesce({{ graded }}.grade_position >= {{ asked }}.min_position, false)
    )
{%- endmacro %}
