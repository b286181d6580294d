{#
  Every signal of a lead, one a column. What it is looked up in is joined in place: as
  imports these tables would be half of the model. Of the company, what its account says
  comes first, and then what the lead's own record does. Nobody engaged at a known account
  is a known number: none.
#}
{% set employee_count = 'coalesce(accounts.employee_count, leads.employee_count)' %}
{% set annual_revenue = 'coalesce(accounts.annual_revenue, leads.annual_revenue)' %}
{% set decision_makers = 'if(
    leads.account_id is null, null,
    coalesce(account_engagement.decision_makers, [])
)' %}
select
    spans.span_id,
    spans.lead_id,
    spans.valid_from,
    spans.valid_to,
    leads.account_id,
    leads.owner_id,
    leads.partner_id,
    coalesce(lead_statuses.meaning, leads.status) as status,
    leads.email_domain,
    leads.created_at,
    leads.attributes_backdated,
    job_titles.seniority,
    job_titles.department,
    emails.email_domain_type,
    countries.country_code as country,
    countries.region,
    leads.region as state,
    leads.city,
    cast(countries.tier as varchar) as country_tier,
    lead_sources.lead_source,
    lead_sources.quality as lead_source_quality,
    name_quality.name_quality,
    company_quality.company_quality,
    coalesce(accounts.industry, industries.industry) as industry,
    if(accounts.industry is null, industries.fit, accounts.industry_fit)
        as industry_fit,
    size_bands.size_band,
    {{ employee_count }} as employee_count,
    revenue_bands.revenue_band,
    {{ annual_revenue }} as annual_revenue,
    opportunity_states.opportunity,
    last_activities.last_engagement_at as last_activity_at,
    last_activities.last_touched_at,
    if(leads.phone is not null, 'yes', 'no') as has_phone,
    case leads.do_not_contact when true then 'yes' when false then 'no' end
        as do_not_contact,
    if(leads.converted_at is not null, 'yes', 'no') as is_converted,
    case
        when emails.domain_relationship = 'employee' then 'employee'
        when
            emails.domain_relationship is null
            and name_quality.name_quality = 'test_word'
            then 'test'
        when accounts.relationship in ('customer', 'partner', 'competitor')
            then accounts.relationship
        when lifecycle_stages.meaning in ('customer', 'partner', 'competitor')
            then lifecycle_stages.meaning
        when emails.domain_relationship is not null then emails.domain_relationship
        when job_titles.seniority = 'student' then 'student'
    end as relationship,
    len({{ decision_makers }}) as engaged_decision_makers,
    len({{ decision_makers }})
    - cast(list_contains({{ decision_makers }}, spans.lead_id) as integer)
        as other_decision_makers,
    -- Of the span's first day; if a rule uses it, every span is one day long.
    {{ days_between('last_activities.last_engagement_date', 'spans.valid_from') }}
        as days_since_last_activity
from {{ ref('int_lead_spans') }} as spans
inner join {{ ref('int_leads') }} as leads
    on
        spans.lead_id = leads.lead_id
        and spans.lead_valid_from = leads.valid_from
left join {{ ref('int_job_titles') }} as job_titles
    on leads.job_title = job_titles.job_title
left join {{ ref('int_emails_classified') }} as emails
    on leads.email = emails.email
left join {{ ref('int_name_quality') }} as name_quality
    on
        spans.lead_id = name_quality.lead_id
        and spans.lead_valid_from = name_quality.valid_from
left join {{ ref('int_company_quality') }} as company_quality
    on leads.company_name = company_quality.company_name
left join {{ ref('countries') }} as countries
    on lower(leads.country) = countries.alias
left join {{ ref('lead_sources') }} as lead_sources
    on lower(leads.lead_source) = lead_sources.alias
left join {{ ref('int_statuses') }} as lead_statuses
    on lead_statuses.field = 'lead_status' and leads.status = lead_statuses.value
left join {{ ref('int_statuses') }} as lifecycle_stages
    on
        lifecycle_stages.field = 'lifecycle_stage'
        and leads.lifecycle_stage = lifecycle_stages.value
left join {{ ref('int_account_traits') }} as accounts
    on
        leads.account_id = accounts.account_id
        and spans.valid_from between accounts.valid_from and accounts.valid_to
left join {{ ref('industries') }} as industries
    on lower(leads.industry) = industries.alias
left join {{ ref('size_bands') }} as size_bands
    on
        {{ employee_count }} >= size_bands.min_employees
        and {{ employee_count }}
        < coalesce(size_bands.max_employees, {{ employee_count }} + 1)
left join {{ ref('revenue_bands') }} as revenue_bands
    on
        {{ annual_revenue }} >= revenue_bands.min_revenue
        and {{ annual_revenue }}
        < coalesce(revenue_bands.max_revenue, {{ annual_revenue }} + 1)
left join {{ ref('int_account_engagement') }} as account_engagement
    on
        leads.account_id = account_engagement.account_id
        and spans.valid_from
        between account_engagement.valid_from and account_engagement.valid_to
left join {{ ref('int_lead_opportunity_states') }} as opportunity_states
    on
        spans.lead_id = opportunity_states.lead_id
        and spans.valid_from = opportunity_states.valid_from
left join {{ ref('int_lead_last_activities') }} as last_activities
    on
        spans.lead_id = last_activities.lead_id
        and spans.valid_from = last_activities.as_of_date
