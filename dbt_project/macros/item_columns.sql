{# What is known of a judged lead and of the item that it is counted for. #}
{% macro item_columns() -%}
    target,
    ruleset,
    scope,
    item_kind,
    item,
    value,
    cut_off,
    lead_id,
    total_points,
    score,
    grade,
    is_mql,
    has_succeeded,
    expected,
    succeeded_on,
    amount
{%- endmacro %}
