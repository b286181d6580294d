{# The columns of int_lead_traits that are no signals. #}
{% macro no_signals() -%}
    {{ return([
        'span_id', 'lead_id', 'valid_from', 'valid_to', 'account_id', 'owner_id',
        'created_at', 'attributes_backdated', 'last_activity_at', 'last_touched_at'
    ]) }}
{%- endmacro %}
