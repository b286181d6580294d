{# A grade's place among the 13 steps, best first; `-`, too little known, stands
   last. #}
{% macro grade_rank(grade) -%}
    cast(list_position([
        'A+', 'A', 'A-', 'B+', 'B', 'B-', 'C+', 'C', 'C-', 'D+', 'D', 'D-', 'F', '-'
    ], {{ grade }}) as integer)
{%- endmacro %}
