{# A view: copying thirty rows a lead takes longer than computing them. #}
{{ config(materialized='view') }}

{# Words of ours, or of a mapping that allows no others: spelled as rules have them. #}
{% set codes = [
    'seniority', 'department', 'email_domain_type', 'country_tier', 'industry_fit',
    'lead_source', 'lead_source_quality', 'has_phone', 'name_quality', 'relationship',
    'do_not_contact', 'is_converted', 'opportunity'
] %}
{% set texts = [
    'email_domain', 'country', 'region', 'industry', 'size_band', 'revenue_band',
    'partner_id', 'status'
] %}
{% set numbers = [
    'employee_count', 'annual_revenue', 'engaged_decision_makers',
    'days_since_last_activity'
] %}

with traits as (

    select
        *,
        country_code as country
    from {{ ref('int_lead_traits') }}

),

attributes as (

    select * from {{ ref('int_lead_attributes') }}

),

united as (

    {% for signal in codes + texts + numbers %}
        select
            lead_id,
            valid_from,
            '{{ signal }}' as signal,
            {% if signal in codes %}
                {{ signal }} as value_text,
            {% elif signal in texts %}
                {{ signal_value(signal) }} as value_text,
            {% else %}
                {{ number_text(signal) }} as value_text,
            {% endif %}
            {% if signal in numbers %}
                cast({{ signal }} as decimal(20, 4)) as value_number
            {% else %}
                cast(null as decimal(20, 4)) as value_number
            {% endif %}
        from traits

        union all
    {% endfor %}

    select
        lead_id,
        valid_from,
        signal,
        value_text,
        value_number
    from attributes

)

select
    lead_id,
    valid_from,
    signal,
    coalesce(value_text, '(missing)') as value_text,
    value_number
from united
