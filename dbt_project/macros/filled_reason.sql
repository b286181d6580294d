{#
  A rule's reason with its numbers filled in: "1 live events" becomes "1 live event", and
  "on 1 days" the date. A signal has a value and activities have numbers: what is not
  there is not looked for, since that takes long in every factor. A one is filled in as
  "{1}" first: the words after a 1 that somebody wrote, or that a value holds, stay.
#}
{% macro filled_reason(reason, factors) -%}
    {%- set filled -%}
        case
            when not contains({{ reason }}, '{') then {{ reason }}
            when {{ factors }}.occurrences is null
                then replace(
                    {{ reason }},
                    '{value}',
                    case {{ factors }}.matched_value
                        when '1' then '{1}'
                        else coalesce({{ factors }}.matched_value, '')
                    end
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
                        '{count}',
                        case {{ factors }}.occurrences
                            when 1 then '{1}'
                            else cast({{ factors }}.occurrences as varchar)
                        end
                    ),
                    '{days}',
                    case {{ factors }}.days
                        when 1 then '{1}'
                        else cast({{ factors }}.days as varchar)
                    end
                ),
                '{last_date}',
                cast({{ company_date(factors ~ '.last_at') }} as varchar)
            )
        end
    {%- endset -%}
    case
        when contains({{ filled }}, '{1}')
            then replace(
                regexp_replace(
                    {{ filled }},
                    '\{1\} ((?:[a-z]+ )??[a-z]+[a-rt-z])s\b',
                    '1 \1',
                    'g'
                ),
                '{1}', '1'
            )
        else {{ filled }}
    end
{%- endmacro %}
