{# A rule's reason with its numbers filled in; "1 days" becomes "1 day". #}
{% macro filled_reason(reason, factors) -%}
    regexp_replace(
        replace(
            replace(
                replace(
                    replace(
                        {{ reason }},
                        '{count}', coalesce(cast({{ factors }}.occurrences as varchar), '')
                    ),
                    '{days}', coalesce(cast({{ factors }}.days as varchar), '')
                ),
                '{value}', coalesce(replace({{ factors }}.matched_value, '_', ' '), '')
            ),
            '{last_date}',
            coalesce(cast({{ company_date(factors ~ '.last_at') }} as varchar), '')
        ),
        '\b1 ([a-z]+)s\b', '1 \1', 'g'
    )
{%- endmacro %}
