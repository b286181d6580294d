{# When a day of the company ends, as a UTC timestamp. #}
{% macro end_of_day(date) -%}
    timezone('UTC', timezone(
        '{{ this_run("time_zone") }}', cast({{ date }} + 1 as timestamp)
    ))
{%- endmacro %}
