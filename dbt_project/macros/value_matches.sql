{#
  Whether a signal's value meets a condition of a rule file. `wanted` is one value,
  or several joined by "|"; "!" before it means none of them; "*" any known value;
  "(missing)" unknown; empty: any, known or not.
#}
{% macro value_matches(value, wanted) -%}
    case
        when {{ wanted }} is null then true
        when trim({{ wanted }}) = '*' then {{ value }} != '(missing)'
        else
            contains(
                '|' || regexp_replace(
                    rtrim(lower(ltrim({{ wanted }}, ' !'))), '\s*\|\s*', '|', 'g'
                ) || '|',
                '|' || {{ value }} || '|'
            ) != starts_with(ltrim({{ wanted }}), '!')
    end
{%- endmacro %}
