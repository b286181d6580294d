{# The path of a URL: lower case, without host, query, fragment and last slash. #}
{% macro url_path(url) -%}
    case
        when {{ url }} is not null
            then lower(
                regexp_extract(
                    {{ url }} || '?', '^(?:[a-zA-Z]+://[^/?#]*)?(/?[^?#]*?)/?[?#]', 1
                )
            )
    end
{%- endmacro %}
