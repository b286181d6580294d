with leads as (

    select * from {{ ref('int_lead_profiles') }}

),

spans as (

    select * from {{ ref('int_lead_spans') }}

),

accounts as (

    select * from {{ ref('int_lead_accounts') }}

),

opportunity_states as (

    select * from {{ ref('int_lead_opportunity_states') }}

),

last_activities as (

    select * from {{ ref('int_lead_last_activities') }}

),

described as (

    select
        spans.span_id,
        spans.lead_id,
        spans.valid_from,
        spans.valid_to,
        leads.account_id,
        leads.owner_id,
        leads.partner_id,
        leads.status,
        leads.email_domain,
        leads.created_at,
        leads.attributes_backdated,
        leads.seniority,
        leads.department,
        leads.email_domain_type,
        leads.country_code,
        leads.region,
        leads.country_tier,
        leads.lead_source,
        leads.lead_source_quality,
        leads.has_phone,
        leads.name_quality,
        leads.do_not_contact,
        leads.is_converted,
        case
            when leads.relationship in ('employee', 'test') then leads.relationship
            when accounts.account_type in ('customer', 'partner', 'competitor')
                then accounts.account_type
            else leads.relationship
        end as relationship,
        accounts.industry,
        accounts.industry_fit,
        accounts.size_band,
        accounts.employee_count,
        accounts.revenue_band,
        accounts.annual_revenue,
        opportunity_states.opportunity,
        accounts.engaged_decision_makers,
        last_activities.last_engagement_at as last_activity_at,
        -- Of the span's first day; if a rule uses it, every span is one day long.
        {{ days_between('last_activities.last_engagement_date', 'spans.valid_from') }}
            as days_since_last_activity
    from spans
    inner join leads
        on
            spans.lead_id = leads.lead_id
            and spans.lead_valid_from = leads.valid_from
    left join accounts
        on
            spans.lead_id = accounts.lead_id
            and spans.valid_from = accounts.valid_from
    left join opportunity_states
        on
            spans.lead_id = opportunity_states.lead_id
            and spans.valid_from = opportunity_states.valid_from
    left join last_activities
        on
            spans.lead_id = last_activities.lead_id
            and spans.valid_from = last_activities.as_of_date

)

select * from described
