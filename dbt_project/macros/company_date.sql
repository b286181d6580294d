{# The company's day of a UTC timestamp. #}
{% macro company_date(timestamp) -%}
    {%- set time_zone = this_run('time_zone') -%}
    {%- if time_zone == 'UTC' -%}
        cast({{ timestamp }} as date)
    {%- else -%}
        cast(timezone('{{ time_zone }}', timezone('UTC', {{ timestamp }})) as date)
    {%- endif -%}
{%- endmacro %}
