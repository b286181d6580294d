{#
  The rows of a CTE of delivered words (field, value, words ...) with their `meaning`:
  that of the first row of `statuses` that matches, or null.
#}
{% macro with_meaning(delivered) -%}
    select
        {{ delivered }}.*,
        patterns.meaning
    from {{ delivered }}
    left join patterns
        on
            {{ delivered }}.field = patterns.field
            and (
                {{ delivered }}.words = patterns.words
                or (
                    patterns.is_beginning
                    and starts_with({{ delivered }}.words, patterns.words || ' ')
                )
            )
    qualify
        row_number() over (
            partition by {{ delivered }}.field, {{ delivered }}.value
            order by patterns.position
        ) = 1
{%- endmacro %}
