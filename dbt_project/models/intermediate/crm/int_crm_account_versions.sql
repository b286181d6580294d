with staged as (

    select * from {{ ref('stg_crm__accounts') }}
    where {{ is_somebody('account_id') }}

),

{{ deliveries_and_gaps('staged', 'crm_accounts', 'account_id') }},

fingerprinted as (

    select
        *,
        hash(
            is_gone, name, domain, industry, country, account_type, lifecycle_stage,
            attributes, employee_count, annual_revenue, currency
        ) as fingerprint
    from deliveries_and_gaps

),

changed as (

    select *
    from fingerprinted
    qualify
        fingerprint is distinct from lag(fingerprint) over (
            partition by account_id order by from_date
        )

),

versions as (

    select
        account_id,
        name,
        domain,
        industry,
        country,
        account_type,
        lifecycle_stage,
        attributes,
        employee_count,
        annual_revenue,
        currency,
        is_gone,
        case
            -- Accounts have no day of creation: the first version counts from ever.
            when row_number() over (partition by account_id order by from_date) = 1
                then cast('1900-01-01' as date)
            else from_date
        end as valid_from,
        coalesce(
            lead(from_date) over (partition by account_id order by from_date) - 1,
            {{ forever() }}
        ) as valid_to
    from changed

)

select * from versions
