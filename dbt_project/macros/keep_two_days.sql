{# Of the scored days in a table, deletes all but the newest two. #}
{% macro keep_two_days() -%}
    delete from {{ this }} where as_of_date not in (
        select distinct as_of_date from {{ this }} order by as_of_date desc limit 2
    )
{%- endmacro %}
