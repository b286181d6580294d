with source as (

    {{ accepted_rows('crm_leads') }}

),

renamed as (

    select
        ---------- lineage
        batch_id,
        source_row,
        extract_date,

        ---------- ids
        lead_id,
        {{ normalized_email('email') }} as email,
        account_id,
        partner_id,
        owner_id,

        ---------- text
        trim(first_name) as first_name,
        trim(last_name) as last_name,
        trim(job_title) as job_title,
        trim(phone) as phone,
        trim(company_name) as company_name,
        trim(industry) as industry,
        upper(trim(currency)) as currency,
        trim(country) as country,
        trim(region) as region,
        trim(city) as city,
        trim(lead_source) as lead_source,
        lower(trim(status)) as status,
        lower(trim(lifecycle_stage)) as lifecycle_stage,
        attributes,

        ---------- numbers
        employee_count,
        annual_revenue,

        ---------- booleans
        do_not_contact, -- unsaid is null: neither yes nor no
        coalesce(is_deleted, false) as is_deleted,

        ---------- timestamps
        created_at,
        updated_at,
        converted_at

    from source

)

select * from renamed
