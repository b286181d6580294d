with accounts as (

    select * from {{ ref('int_crm_account_versions') }}
    where not is_gone

),

industries as (

    select * from {{ ref('industries') }}

),

statuses as (

    select * from {{ ref('int_statuses') }}

),

size_bands as (

    select * from {{ ref('size_bands') }}

),

revenue_bands as (

    select * from {{ ref('revenue_bands') }}

),

company as (

    select min(currency) as currency from revenue_bands

),

in_our_currency as (

    select
        accounts.* exclude (annual_revenue),
        -- A sum in another currency is unknown, never taken for ours.
        case
            when coalesce(accounts.currency, company.currency) = company.currency
                then accounts.annual_revenue
        end as annual_revenue
    from accounts
    cross join company

),

described as (

    select
        accounts.account_id,
        accounts.valid_from,
        accounts.valid_to,
        case
            when lifecycle_stages.meaning in ('customer', 'partner', 'competitor')
                then lifecycle_stages.meaning
            else account_types.meaning
        end as relationship,
        accounts.employee_count,
        accounts.annual_revenue,
        industries.industry,
        industries.fit as industry_fit,
        size_bands.size_band,
        revenue_bands.revenue_band
    from in_our_currency as accounts
    left join statuses as account_types
        on
            account_types.field = 'account_type'
            and accounts.account_type = account_types.value
    left join statuses as lifecycle_stages
        on
            lifecycle_stages.field = 'lifecycle_stage'
            and accounts.lifecycle_stage = lifecycle_stages.value
    left join industries
        on lower(accounts.industry) = industries.alias
    left join size_bands
        on
            accounts.employee_count >= size_bands.min_employees
            and accounts.employee_count
            < coalesce(size_bands.max_employees, accounts.employee_count + 1)
    left join revenue_bands
        on
            accounts.annual_revenue >= revenue_bands.min_revenue
            and accounts.annual_revenue
            < coalesce(revenue_bands.max_revenue, accounts.annual_revenue + 1)

)

select * from described
