{#
  A rule's reason with its numbers filled in: "1 live events" becomes "1 live event", and
  "on 1 days" the date. A signal has a value and activities have numbers: what is not
  there is not looked for, since that takes long in every factor.
#}
{% macro filled_reason(reason, factors) -%}
    {%- set filled -%}
        case
            when not contains({{ reason }}, '{') then {{ reason }}
            when {{ factors }}.occurrences is null
                then replace(
                    {{ reason }}, '{value}', coalesce({{ factors }}.matched_value, '')
                )
            else replace(
                replace(
                    replace(
                        case {{ factors }}.days
                            when 1
                                then replace(
                                    {{ reason }}, 'on {days} days', 'on {last_date}'
                                )
                            else {{ reason }}
                        end,
                        '{count}', cast({{ factors }}.occurrences as varchar)
                    ),
                    '{days}', cast({{ factors }}.days as varchar)
                ),
                '{last_date}',
                cast({{ company_date(factors ~ '.last_at') }} as varchar)
            )
        end
    {%- endset -%}
    case
        -- A value that is a text may hold a 1 of its own.
        when
            contains({{ filled }}, '1 ')
            and coalesce({{ factors }}.matched_value, '1') = '1'
            then regexp_replace(
                {{ filled }}, '\b1 ((?:[a-z]+ )??[a-z]+[a-rt-z])s\b', '1 \1', 'g'
            )
        else {{ filled }}
    end
{%- endmacro %}
