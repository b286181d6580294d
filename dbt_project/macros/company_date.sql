{# The company's day of a UTC timestamp (its time zone is the variable time_zone). #}
{% macro company_date(timestamp) -%}
    {%- if var('time_zone') == 'UTC' -%}
        cast({{ timestamp }} as date)
    {%- else -%}
        cast(timezone('{{ var("time_zone") }}', timezone('UTC', {{ timestamp }})) as date)
    {%- endif -%}
{%- endmacro %}
