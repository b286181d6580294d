with source as (

    {{ accepted_rows('crm_emails') }}

),

renamed as (

    select
        ---------- lineage
        batch_id,
        source_row,
        extract_date,

        ---------- ids
        lead_id,
        {{ normalized_email('email') }} as email

    from source

)

select * from renamed
where email is not null
