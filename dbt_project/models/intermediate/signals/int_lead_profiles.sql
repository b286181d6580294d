with leads as (

    select * from {{ ref('int_leads') }}

),

job_titles as (

    select * from {{ ref('int_job_titles') }}

),

emails as (

    select * from {{ ref('int_emails_classified') }}

),

countries as (

    select * from {{ ref('countries') }}

),

lead_sources as (

    select * from {{ ref('lead_sources') }}

),

name_quality as (

    select * from {{ ref('int_name_quality') }}

),

profiles as (

    select
        leads.lead_id,
        leads.valid_from,
        leads.valid_to,
        leads.account_id,
        leads.owner_id,
        leads.partner_id,
        leads.status,
        leads.email_domain,
        leads.created_at,
        leads.attributes_backdated,
        job_titles.seniority,
        job_titles.department,
        emails.email_domain_type,
        countries.country_code,
        countries.region,
        cast(countries.tier as varchar) as country_tier,
        lead_sources.lead_source,
        lead_sources.quality as lead_source_quality,
        case when leads.phone is not null then 'yes' else 'no' end as has_phone,
        name_quality.name_quality,
        case
            when emails.domain_relationship is not null then emails.domain_relationship
            when name_quality.name_quality = 'test_word' then 'test'
            when job_titles.seniority = 'student' then 'student'
        end as relationship,
        case when leads.do_not_contact then 'yes' else 'no' end as do_not_contact,
        case
            when leads.converted_at is not null then 'yes' else 'no'
        end as is_converted
    from leads
    left join job_titles
        on leads.job_title = job_titles.job_title
    left join emails
        on leads.email = emails.email
    left join countries
        on lower(leads.country) = countries.alias
    left join lead_sources
        on lower(leads.lead_source) = lead_sources.alias
    left join name_quality
        on
            leads.lead_id = name_quality.lead_id
            and leads.valid_from = name_quality.valid_from

)

select * from profiles
