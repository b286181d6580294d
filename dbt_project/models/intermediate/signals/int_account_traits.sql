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
        {{ in_our_currency('accounts.annual_revenue', 'accounts.currency') }}
            as annual_revenue,
        industries.industry,
        industries.fit as industry_fit
    from accounts
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

)

select * from described
