{# A range of a rule in words; null without limits. #}
{% macro range_words(min_value, max_value) -%}
    nullif(
        case
            when {{ min_value }} is null
                then coalesce('below ' || {{ number_words(max_value) }}, '')
            else concat_ws(
                ' to below ',
                {{ number_words(min_value) }}
                || if({{ max_value }} is null, ' or more', ''),
                {{ number_words(max_value) }}
            )
        end, ''
    )
{%- endmacro %}
