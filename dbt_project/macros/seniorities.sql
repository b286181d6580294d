{# The seniorities of the seed job_titles, the highest first. #}
{% macro seniorities() -%}
    {{ return([
        'c_level', 'vp', 'director', 'manager', 'senior', 'specialist', 'entry',
        'student'
    ]) }}
{%- endmacro %}
