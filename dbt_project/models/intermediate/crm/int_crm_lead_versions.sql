with staged as (

    select * from {{ ref('stg_crm__leads') }}
    where {{ is_somebody('lead_id') }}

),

{{ deliveries_and_gaps('staged', 'crm_leads', 'lead_id') }},

-- An opt-out holds until the same record takes it back: to say nothing is no no.
opted_out as (

    select
        * replace (
            last_value(do_not_contact ignore nulls) over (
                partition by lead_id
                order by from_date rows unbounded preceding
            ) as do_not_contact
        )
    from deliveries_and_gaps

),

fingerprinted as (

    select
        *,
        -- Whose record is the newest is asked of the newest delivery, so that its
        -- updated_at counts whatever else changed: an outcome must not decide it.
        hash(
            is_gone, email, account_id, partner_id, owner_id, first_name, last_name,
            job_title, phone, company_name, industry, employee_count, annual_revenue,
            currency, country, region, city, lead_source, status,
            lifecycle_stage, attributes, do_not_contact, created_at, updated_at,
            converted_at
        ) as fingerprint
    from opted_out

),

changed as (

    select *
    from fingerprinted
    qualify
        fingerprint is distinct from lag(fingerprint) over (
            partition by lead_id order by from_date
        )

),

versions as (

    select
        lead_id,
        email,
        account_id,
        partner_id,
        owner_id,
        first_name,
        last_name,
        job_title,
        phone,
        company_name,
        industry,
        employee_count,
        annual_revenue,
        currency,
        country,
        region,
        city,
        lead_source,
        status,
        lifecycle_stage,
        attributes,
        do_not_contact,
        created_at,
        coalesce(updated_at, created_at) as updated_at,
        converted_at,
        is_gone,
        case
            -- A record's first version counts from the day it was created.
            when row_number() over (partition by lead_id order by from_date) = 1
                then least(
                    from_date, coalesce({{ company_date('created_at') }}, from_date)
                )
            else from_date
        end as valid_from,
        from_date as delivered_date,
        coalesce(
            lead(from_date) over (partition by lead_id order by from_date) - 1,
            {{ forever() }}
        ) as valid_to
    from changed

)

select * from versions
