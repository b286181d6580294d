with source as (

    select * from {{ source('raw', 'world') }}

),

renamed as (

    select id_key
    from source

)

select * from renamed
