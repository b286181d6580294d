{#
  A rule's reason with its numbers filled in; "1 days" becomes "1 day". A signal has a
  value and activities have numbers: what is not there is not looked for, since that
  takes long in every factor. A value that holds an address is data, and published
  without it.
#}
{% macro filled_reason(reason, factors) -%}
    {%- set filled -%}
        case
            when not contains({{ reason }}, '{') then {{ reason }}
            when {{ factors }}.occurrences is null
                then replace(
                    {{ reason }}, '{value}',
                    case
                        when contains({{ factors }}.matched_value, '@')
                            then regexp_replace(
                                {{ factors }}.matched_value, '\S+@\S+', '(address)', 'g'
                            )
                        else
                            coalesce(replace({{ factors }}.matched_value, '_', ' '), '')
                    end
                )
            else replace(
                replace(
                    replace(
                        {{ reason }}, '{count}',
                        cast({{ factors }}.occurrences as varchar)
                    ),
                    '{days}', cast({{ factors }}.days as varchar)
                ),
                '{last_date}',
                cast({{ company_date(factors ~ '.last_at') }} as varchar)
            )
        end
    {%- endset -%}
    case
        when contains({{ filled }}, '1 ')
            then regexp_replace({{ filled }}, '\b1 ([a-z]+)s\b', '1 \1', 'g')
        else {{ filled }}
    end
{%- endmacro %}
