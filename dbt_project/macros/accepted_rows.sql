{# The rows of a raw table that Great Expectations let in before this run began. #}
{% macro accepted_rows(table) -%}
    select * from {{ source('raw', table) }}
    where batch_id in (select batch_id from {{ source('raw', 'run_batches') }})
{%- endmacro %}
