{#
  A rule's reason with its numbers filled in; "1 days" becomes "1 day". To look for what
  is not there takes long in every factor, hence the two cases.
#}
{% macro filled_reason(reason, factors) -%}
    {%- set filled -%}
        case
            when contains({{ reason }}, '{')
                then replace(
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
                )
            else {{ reason }}
        end
    {%- endset -%}
    case
        when contains({{ filled }}, '1 ')
            then regexp_replace({{ filled }}, '\b1 ([a-z]+)s\b', '1 \1', 'g')
        else {{ filled }}
    end
{%- endmacro %}
