with source as (

    select * from {{ source('raw', 'rejections') }}

),

renamed as (

    select
        batch_id,
        column_name,
        reason,
        row_count

    from source

)

select * from renamed
