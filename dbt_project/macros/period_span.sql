{# The most days between two events of one period (day, week, month, quarter). #}
{% macro period_span(period) -%}
    case {{ period }}
        when 'day' then 0
        when 'week' then 6
        when 'month' then 30
        when 'quarter' then 91
    end
{%- endmacro %}
