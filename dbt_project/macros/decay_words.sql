{# How the points of an activity rule pass, in words; null if they stay. #}
{% macro decay_words(decay, decay_days, window_days) -%}
    nullif(
        concat_ws(
            ', ',
            case {{ decay }}
                when 'linear'
                    then 'fades to nothing in ' || {{ decay_days }} || ' days'
                when 'half_life'
                    then 'worth half after ' || {{ decay_days }} || ' days'
            end,
            case
                when {{ decay }} = 'none'
                    then 'in full for ' || {{ window_days }} || ' days, then nothing'
                else 'nothing after ' || {{ window_days }} || ' days'
            end
        ), ''
    )
{%- endmacro %}
