{# How an activity rule counts, in words: "counts once a day, at most 3 times". #}
{% macro counting_words(per, per_count, max_units) -%}
    {%- set in_period = "if(" ~ per ~ " = 'ever', '', ' in a ' || " ~ per ~ ")" -%}
    {%- set a_period = "if(" ~ per ~ " = 'ever', '', ' a ' || " ~ per ~ ")" -%}
    case
        when coalesce({{ per_count }}, 1) > 1
            then concat(
                case
                    when {{ max_units }} = 1 then {{ per_count }} || ' of them'
                    else 'every ' || {{ per_count }}
                end,
                {{ in_period }},
                ' count once',
                ', at most ' || nullif({{ max_units }}, 1) || ' times'
            )
        when {{ max_units }} is null then 'every time counts'
        when {{ max_units }} = 1 then 'counts once' || {{ a_period }}
        else 'up to ' || {{ max_units }} || {{ a_period }} || ' count'
    end
{%- endmacro %}
