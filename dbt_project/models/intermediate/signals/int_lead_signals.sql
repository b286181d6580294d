with traits as (

    select * from {{ ref('int_lead_traits') }}

),

attributes as (

    select * from {{ ref('int_lead_attributes') }}

),

spans as (

    select * from {{ ref('int_lead_spans') }}

),

known as (

    select
        lead_id,
        valid_from,
        unnest(cast([
            row('seniority', seniority, null),
            row('department', department, null),
            row('email_domain', email_domain, null),
            row('email_domain_type', email_domain_type, null),
            row('country', country_code, null),
            row('country_tier', country_tier, null),
            row('region', region, null),
            row('industry', industry, null),
            row('industry_fit', industry_fit, null),
            row('size_band', size_band, null),
            row('employee_count', null, employee_count),
            row('revenue_band', revenue_band, null),
            row('annual_revenue', null, annual_revenue),
            row('lead_source', lead_source, null),
            row('lead_source_quality', lead_source_quality, null),
            row('partner_id', partner_id, null),
            row('has_phone', has_phone, null),
            row('name_quality', name_quality, null),
            row('relationship', relationship, null),
            row('do_not_contact', do_not_contact, null),
            row('status', status, null),
            row('is_converted', is_converted, null),
            row('opportunity', opportunity, null),
            row('engaged_decision_makers', null, engaged_decision_makers),
            row('days_since_last_activity', null, days_since_last_activity)
        ] as struct(
            signal varchar, value_text varchar, value_number decimal(20, 4)
        )[])) as fact
    from traits

),

united as (

    select
        known.lead_id,
        known.valid_from,
        fact.signal,
        fact.value_text,
        fact.value_number
    from known

    union all

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
