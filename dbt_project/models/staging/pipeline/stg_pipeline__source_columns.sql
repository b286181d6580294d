with source as (

    select * from {{ source('raw', 'source_columns') }}

),

renamed as (

    select
        source,
        map_name,
        table_name,
        column_name,
        is_outcome

    from source

)

select * from renamed
