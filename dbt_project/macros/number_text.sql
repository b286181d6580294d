{# A number as rules spell it: 250.0000 is written 250. Most have no fraction. #}
{% macro number_text(number) -%}
    case
        when {{ number }} % 1 = 0
            then cast(cast({{ number }} as bigint) as varchar)
        else rtrim(cast(cast({{ number }} as decimal(20, 4)) as varchar), '0')
    end
{%- endmacro %}
