{# Whether an id or address is no written-out missing value (seed nobody_ids). #}
{% macro is_somebody(id) -%}
    lower({{ id }}) not in (select nobody.value from {{ ref('nobody_ids') }} as nobody)
{%- endmacro %}
