{# A reason's first words if two records share a mailbox: the other one follows. #}
{% macro same_mailbox_as() -%}
    'Same mailbox as '
{%- endmacro %}
