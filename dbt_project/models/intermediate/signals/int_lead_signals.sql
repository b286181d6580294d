{# A view: copying thirty rows a lead takes longer than computing them. #}
{{ config(materialized='view') }}

{% set texts = [
    'seniority', 'department', 'email_domain', 'email_domain_type', 'country',
    'country_tier', 'region', 'industry', 'industry_fit', 'size_band', 'revenue_band',
    'lead_source', 'lead_source_quality', 'partner_id', 'has_phone', 'name_quality',
    'relationship', 'do_not_contact', 'status', 'is_converted', 'opportunity'
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

spans as (

    select * from {{ ref('int_lead_spans') }}

),

united as (

    {% for signal in texts + numbers %}
        select
            lead_id,
            valid_from,
            '{{ signal }}' as signal,
            {% if signal in texts %}
                {{ signal }} as value_text,
                cast(null as decimal(20, 4)) as value_number
            {% else %}
                cast(null as varchar) as value_text,
                cast({{ signal }} as decimal(20, 4)) as value_number
            {% endif %}
        from traits

        union all
    {% endfor %}

    select
        spans.lead_id,
        spans.valid_from,
        attributes.signal,
        attributes.value_text,
        try_cast(attributes.value_text as decimal(20, 4)) as value_number
    from attributes
    inner join spans
        on
            attributes.lead_id = spans.lead_id
            and attributes.valid_from = spans.lead_valid_from

),

normalized as (

    select
        lead_id,
        valid_from,
        signal,
        -- In a rule file "|" stands between values; 250.0000 is written 250.
        coalesce(
            nullif(replace(lower(trim(value_text)), '|', '/'), ''),
            rtrim(rtrim(cast(value_number as varchar), '0'), '.'),
            '(missing)'
        ) as value_text,
        value_number
    from united

)

select * from normalized
