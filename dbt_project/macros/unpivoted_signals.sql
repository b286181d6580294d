{#
  Every signal of every span: span_id, signal, value_text, value_number. With `rules`, a
  step of the query that has a column `signal`, only pairs of a signal and a row of it
  that `matches`. A signal is joined on its own: one that no row asks for is not read at
  all.
#}
{% macro unpivoted_signals(rules='', matches='true') -%}
    {#- Words of ours, or of a mapping that allows no others: as rules spell them. -#}
    {%- set codes = [
        'seniority', 'department', 'email_domain_type', 'country_tier', 'industry_fit',
        'lead_source', 'lead_source_quality', 'has_phone', 'name_quality',
        'relationship', 'do_not_contact', 'is_converted', 'opportunity'
    ] -%}
    {%- set texts = [
        'email_domain', 'country_code', 'region', 'industry', 'size_band',
        'revenue_band', 'partner_id', 'status'
    ] -%}
    {%- set numbers = [
        'employee_count', 'annual_revenue', 'engaged_decision_makers',
        'days_since_last_activity'
    ] -%}
    {% for column in codes + texts + numbers + ['attributes'] %}
        {% set signal = 'country' if column == 'country_code' else column %}
        select signals.*{{ ', rules.* exclude (signal)' if rules }}
        from (
            select
                span_id,
                {% if column == 'attributes' %}
                    signal,
                    coalesce(value_text, '(missing)') as value_text,
                    value_number
                from {{ ref('int_lead_attributes') }}
                {% else %}
                    '{{ signal }}' as signal,
                    coalesce(
                        {% if column in codes %}
                            {{ column }},
                        {% elif column in texts %}
                            {{ signal_value(column) }},
                        {% else %}
                            {{ number_text(column) }},
                        {% endif %}
                        '(missing)'
                    ) as value_text,
                    {% if column in numbers %}
                        cast({{ column }} as decimal(20, 4)) as value_number
                    {% else %}
                        cast(null as decimal(20, 4)) as value_number
                    {% endif %}
                from {{ ref('int_lead_traits') }}
                {% endif %}
        ) as signals
        {% if rules %}
            inner join {{ rules }} as rules
                on
                    {{ 'signals.signal' if column == 'attributes' else "'%s'" % signal }}
                    = rules.signal
                    and {{ matches }}
        {% endif %}
        {{ 'union all' if not loop.last }}
    {% endfor %}
{%- endmacro %}
