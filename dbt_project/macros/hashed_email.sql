{# What is published of an address, which is personal: its keyed hash. #}
{% macro hashed_email(email, id_key) -%}
    'h_' || substr(sha256({{ id_key }} || ' ' || {{ email }}), 1, 16)
{%- endmacro %}
