with source as (

    {{ accepted_rows('crm_opportunity_leads') }}

),

renamed as (

    select
        ---------- lineage
        batch_id,
        source_row,
        extract_date,

        ---------- ids
        link_id,
        opportunity_id,
        lead_id

    from source

)

select * from renamed
