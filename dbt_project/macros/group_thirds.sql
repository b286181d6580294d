{#
  How far a rule group moves the grade: by one value, the one that moves it most; of two
  that move it equally far the negative.
#}
{% macro group_thirds(grade_thirds) -%}
    max_by(
        {{ grade_thirds }},
        2 * abs({{ grade_thirds }}) + if({{ grade_thirds }} < 0, 1, 0)
    )
{%- endmacro %}
