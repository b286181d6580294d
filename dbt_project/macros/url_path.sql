{# The path of a URL: lower case, without host, query, fragment and last slash. #}
{% macro url_path(url) -%}
    {%- set path -%}
    regexp_replace(
        split_part(split_part({{ url }}, '?', 1), '#', 1), '^[a-zA-Z]+://[^/]*', ''
    )
    {%- endset -%}
    lower(
        case
            -- One pattern for all of this would take twice as long.
            when {{ path }} like '_%/' then substr({{ path }}, 1, length({{ path }}) - 1)
            else {{ path }}
        end
    )
{%- endmacro %}
