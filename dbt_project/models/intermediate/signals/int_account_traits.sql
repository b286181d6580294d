with accounts as (

    select * from {{ ref('int_crm_account_versions') }}
    where not is_gone

),

industries as (

    select * from {{ ref('industries') }}

),

size_bands as (

    select * from {{ ref('size_bands') }}

),

revenue_bands as (

    select * from {{ ref('revenue_bands') }}

),

described as (

    select
        accounts.account_id,
        accounts.valid_from,
        accounts.valid_to,
        accounts.account_type,
        accounts.employee_count,
        accounts.annual_revenue,
        industries.industry,
        industries.fit as industry_fit,
        size_bands.size_band,
        revenue_bands.revenue_band
    from accounts
    left join industries
        on lower(accounts.industry) = industries.alias
    left join size_bands
        on
            accounts.employee_count >= size_bands.min_employees
            and accounts.employee_count
            < coalesce(size_bands.max_employees, accounts.employee_count + 1)
    left join revenue_bands
        on
            accounts.annual_revenue >= revenue_bands.min_revenue_usd
            and accounts.annual_revenue
            < coalesce(revenue_bands.max_revenue_usd, accounts.annual_revenue + 1)

)

select * from described
