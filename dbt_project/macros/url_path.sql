{#
  The path of a URL: lower case, without host, query, fragment and last slash. A fragment
  that begins with a slash ("#/pricing", "#!/pricing") is the path of a site that loads
  one page only, and goes on the path before it.
#}
{% macro url_path(url) -%}
    {%- set path -%}
    regexp_replace(
        case
            when contains({{ url }}, '#/') or contains({{ url }}, '#!/') then concat(
                rtrim(split_part(split_part({{ url }}, '#', 1), '?', 1), '/'),
                split_part(ltrim(split_part({{ url }}, '#', 2), '!'), '?', 1)
            )
            else split_part(split_part({{ url }}, '#', 1), '?', 1)
        end, '^([a-zA-Z][a-zA-Z0-9+.-]*:)?//[^/]*', ''
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
