{#
  A rule's reason with its numbers filled in; "1 days" becomes "1 day". Reasons without
  numbers are left as they are: to look for some in every factor takes long.
#}
{% macro filled_reason(reason, factors) -%}
    case
        when contains({{ reason }}, '{') or contains({{ reason }}, '1 ')
            then regexp_replace(
                replace(
                    replace(
                        replace(
                            replace(
                                {{ reason }}, '{count}',
                                coalesce(cast({{ factors }}.occurrences as varchar), '')
                            ),
                            '{days}', coalesce(cast({{ factors }}.days as varchar), '')
                        ),
                        '{value}',
                        coalesce(replace({{ factors }}.matched_value, '_', ' '), '')
                    ),
                    '{last_date}',
                    coalesce(
                        cast({{ company_date(factors ~ '.last_at') }} as varchar), ''
                    )
                ),
                '\b1 ([a-z]+)s\b', '1 \1', 'g'
            )
        else {{ reason }}
    end
{%- endmacro %}
