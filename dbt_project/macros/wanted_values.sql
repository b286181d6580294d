{#
  A condition of a rule file in one spelling, for value_matches: `|a|b|`, `!|a|b|` or
  `*`. To be taken once a rule: once a pair of rule and value, it is slow.
#}
{% macro wanted_values(cell) -%}
    case
        when trim({{ cell }}) = '*' then '*'
        else
            case when starts_with(ltrim({{ cell }}), '!') then '!|' else '|' end
            || regexp_replace(
                rtrim(lower(ltrim({{ cell }}, ' !'))), '\s*\|\s*', '|', 'g'
            ) || '|'
    end
{%- endmacro %}
