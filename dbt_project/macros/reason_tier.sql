{#
  How early `top_reasons` tells of a rule group, by the `reasons_first` of its ruleset: 0
  is after all that are named there.
#}
{% macro reason_tier(reasons_first, rule_group) -%}
    coalesce(
        len(string_split({{ reasons_first }}, '|')) + 1
        - list_position(string_split({{ reasons_first }}, '|'), {{ rule_group }}),
        0
    )
{%- endmacro %}
