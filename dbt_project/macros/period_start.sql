{# The first day of the period (day, ISO week, month, quarter, ever) of a date. #}
{% macro period_start(period, date) -%}
    case {{ period }}
        when 'day' then {{ date }}
        when 'week' then cast(date_trunc('week', {{ date }}) as date)
        when 'month' then cast(date_trunc('month', {{ date }}) as date)
        when 'quarter' then cast(date_trunc('quarter', {{ date }}) as date)
        else cast('1900-01-01' as date)
    end
{%- endmacro %}
