with staged as (

    select * from {{ ref('stg_crm__leads') }}

),

{{ deliveries_and_gaps('staged', 'crm_leads', 'lead_id') }},

fingerprinted as (

    select
        *,
        hash(
            is_gone, email, account_id, partner_id, owner_id, first_name, last_name,
            job_title, phone, company_name, country, region, city, lead_source, status,
            lifecycle_stage,
            attributes, do_not_contact, created_at, converted_at
        ) as fingerprint
    from deliveries_and_gaps

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
