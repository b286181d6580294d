{#
  Whether a signal's value meets a condition of a rule file, as wanted_values spells it.
  The condition is one value, or several joined by "|"; "!" before it means none of
  them; "*" any known value; "(missing)" unknown; empty: any, known or not.
#}
{% macro value_matches(value, wanted) -%}
    case
        when {{ wanted }} is null then true
        when {{ wanted }} = '*' then {{ value }} != '(missing)'
        else
            contains({{ wanted }}, '|' || {{ value }} || '|')
            != starts_with({{ wanted }}, '!')
    end
{%- endmacro %}
