with source as (

    {{ accepted_rows('crm_opportunity_merges') }}

),

renamed as (

    select
        ---------- lineage
        batch_id,
        source_row,
        extract_date,

        ---------- ids
        opportunity_id,
        into_opportunity_id,

        ---------- timestamps
        merged_at

    from source

)

select * from renamed
