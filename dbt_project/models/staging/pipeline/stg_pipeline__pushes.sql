with source as (

    select * from {{ source('raw', 'pushes') }}

),

renamed as (

    select
        target,
        record_id,
        as_of_date,
        status,
        coalesce(cause, '') as cause,
        pushed_at

    from source

)

select * from renamed
