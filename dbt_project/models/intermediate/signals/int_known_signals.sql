{# The lists of unpivoted_signals; a test holds the two together. #}
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

known_attributes as (

    select
        span_id,
        string_agg(signal, '|' order by signal) as signals
    from attributes
    where value_text is not null
    group by span_id

),

known as (

    select
        traits.span_id,
        concat_ws(
            '|',
            {% for signal in codes + numbers %}
                if(traits.{{ signal }} is not null, '{{ signal }}', null),
            {% endfor %}
            {% for signal in texts %}
                if(
                    {{ signal_value('traits.' ~ signal) }} is not null,
                    '{{ signal }}', null
                ),
            {% endfor %}
            known_attributes.signals
        ) as known_signals
    from traits
    left join known_attributes
        on traits.span_id = known_attributes.span_id

)

select * from known
