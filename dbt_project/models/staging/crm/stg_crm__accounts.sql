with source as (

    {{ accepted_rows('crm_accounts') }}

),

renamed as (

    select
        ---------- lineage
        batch_id,
        source_row,
        extract_date,

        ---------- ids
        account_id,

        ---------- text
        trim(name) as name,
        lower(trim(domain)) as domain,
        trim(industry) as industry,
        trim(country) as country,
        lower(trim(account_type)) as account_type,
        lower(trim(lifecycle_stage)) as lifecycle_stage,
        upper(trim(currency)) as currency,
        attributes,

        ---------- numbers
        employee_count,
        annual_revenue,

        ---------- booleans
        coalesce(is_deleted, false) as is_deleted,

        ---------- timestamps
        updated_at

    from source

)

select * from renamed
