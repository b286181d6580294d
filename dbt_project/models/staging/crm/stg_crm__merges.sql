with source as (

    {{ accepted_rows('crm_merges') }}

),

renamed as (

    select
        ---------- lineage
        batch_id,
        source_row,
        extract_date,

        ---------- ids
        merged_id,
        into_id,

        ---------- booleans
        merged_id = into_id as is_undone,

        ---------- timestamps
        merged_at

    from source

)

select * from renamed
