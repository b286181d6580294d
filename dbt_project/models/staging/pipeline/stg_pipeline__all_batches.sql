with source as (

    select * from {{ source('raw', 'batches') }}

),

renamed as (

    select
        batch_id,
        source,
        table_name,
        extract_date,
        file,
        map_name,
        status,
        rows_read,
        rows_loaded,
        rows_rejected,
        rows_repeated,
        rows_left_out,
        loaded_at,
        reason,
        cause

    from source

)

select * from renamed
