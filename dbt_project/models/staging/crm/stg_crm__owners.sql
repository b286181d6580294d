with source as (

    {{ accepted_rows('crm_owners') }}

),

renamed as (

    select
        ---------- lineage
        batch_id,
        source_row,
        extract_date,

        ---------- ids
        owner_id,

        ---------- text
        trim(name) as name,

        ---------- booleans
        is_active,
        coalesce(is_deleted, false) as is_deleted

    from source

)

select * from renamed
