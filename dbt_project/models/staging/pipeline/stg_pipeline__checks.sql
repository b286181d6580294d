with source as (

    select * from {{ source('raw', 'checks') }}

),

renamed as (

    select
        source,
        day,
        judged_at,
        table_name,
        position,
        expectation,
        column_name,
        sentence,
        success,
        found

    from source

)

select * from renamed
