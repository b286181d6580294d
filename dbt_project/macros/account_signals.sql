{#
  The signals of an account, beside those that its CRM columns are (`account.<column>`):
  columns of account_facts.
#}
{% macro account_signals() -%}
    {{ return([
        'industry', 'industry_fit', 'size_band', 'employee_count', 'country',
        'relationship', 'people', 'engaged_people', 'engaged_departments',
        'engaged_decision_makers', 'best_points', 'best_grade', 'sum_points',
        'days_quiet'
    ]) }}
{%- endmacro %}
