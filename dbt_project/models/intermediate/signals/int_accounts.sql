with accounts as (

    select * from {{ ref('int_crm_account_versions') }}
    where not is_gone and {{ as_of_to() }} between valid_from and valid_to

),

traits as (

    select * from {{ ref('int_account_traits') }}
    where {{ as_of_to() }} between valid_from and valid_to

),

countries as (

    select * from {{ ref('countries') }}

),

size_bands as (

    select * from {{ ref('size_bands') }}

),

described as (

    select
        accounts.account_id,
        accounts.name,
        accounts.domain,
        traits.industry,
        traits.industry_fit,
        size_bands.size_band,
        accounts.employee_count,
        countries.country_code as country,
        traits.relationship
    from accounts
    left join traits
        on accounts.account_id = traits.account_id
    left join countries
        on lower(accounts.country) = countries.alias
    left join size_bands
        on
            accounts.employee_count >= size_bands.min_employees
            and accounts.employee_count
            < coalesce(size_bands.max_employees, accounts.employee_count + 1)

)

select * from described
