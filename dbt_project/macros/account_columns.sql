{# The columns of ours of a CRM account that are signals as `account.<column>` alone. #}
{% macro account_columns() -%}
    {{ return([
        'name', 'domain', 'currency', 'country', 'account_type', 'lifecycle_stage'
    ]) }}
{%- endmacro %}
