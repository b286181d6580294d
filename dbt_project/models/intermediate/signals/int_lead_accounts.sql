{{ config(materialized='view') }}

with spans as (

    select * from {{ ref('int_lead_spans') }}

),

leads as (

    select * from {{ ref('int_leads') }}
    where account_id is not null

),

accounts as (

    select * from {{ ref('int_account_traits') }}

),

engagement as (

    select * from {{ ref('int_account_engagement') }}

),

described as (

    select
        spans.lead_id,
        spans.valid_from,
        accounts.account_type,
        accounts.industry,
        accounts.industry_fit,
        accounts.size_band,
        accounts.employee_count,
        accounts.revenue_band,
        accounts.annual_revenue,
        -- Nobody engaged at a known account is a known number: none.
        coalesce(engagement.engaged_decision_makers, 0) as engaged_decision_makers
    from spans
    inner join leads
        on
            spans.lead_id = leads.lead_id
            and spans.lead_valid_from = leads.valid_from
    left join accounts
        on
            leads.account_id = accounts.account_id
            and spans.valid_from between accounts.valid_from and accounts.valid_to
    left join engagement
        on
            leads.account_id = engagement.account_id
            and spans.valid_from between engagement.valid_from and engagement.valid_to

)

select * from described
