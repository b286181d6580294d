{#
  Whether a signal's value meets a condition of a rule file. `wanted` is one value,
  or several joined by "|"; "!" before it means none of them; "*" any known value;
  "(missing)" unknown; empty: any, known or not.
#}
{% macro value_matches(value, wanted) -%}
    case
        when {{ wanted }} is null then true
        when {{ wanted }} = '*' then {{ value }} != '(missing)'
        when starts_with({{ wanted }}, '!')
            then not list_contains(
                string_split(lower(substr({{ wanted }}, 2)), '|'), {{ value }}
            )
        else list_contains(string_split(lower({{ wanted }}), '|'), {{ value }})
    end
{%- endmacro %}
