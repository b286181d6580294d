{#
  What a row of a rule file asks of a signal, in one spelling: rows that ask alike have
  the same, `seniority |c_level|vp|` or `employee_count from 50.0000 below 5000.0000`.
#}
{% macro condition(signal, value_text, min_value='null', max_value='null') -%}
    concat_ws(
        ' ',
        {{ signal }},
        {{ wanted_values(value_text) }},
        'from ' || cast({{ min_value }} as varchar),
        'below ' || cast({{ max_value }} as varchar)
    )
{%- endmacro %}
