{# Whether somebody of a seniority decides on what their company buys. #}
{% macro is_decision_maker(seniority) -%}
    {{ seniority }} in ('c_level', 'vp', 'director')
{%- endmacro %}
