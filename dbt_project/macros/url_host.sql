{#
  The host of a URL in lower case, without user, port and last dot; null for a path
  without a host. A saved copy of a page (file:) lies on somebody's own machine.
#}
{% macro url_host(url) -%}
    case
        when starts_with(lower({{ url }}), 'file:') then 'localhost'
        else rtrim(lower(nullif(
            regexp_extract(
                {{ url }},
                '^(?:[a-zA-Z][a-zA-Z0-9+.-]*:)?//(?:[^/?#@]*@)?(\[[^\]]*\]|[^/?#:]*)', 1
            ), ''
        )), '.')
    end
{%- endmacro %}
