with source as (

    {{ accepted_rows('batches') }}

),

renamed as (

    select
        batch_id,
        source,
        table_name,
        map_name,
        delivery,
        pattern,
        file,
        extract_date

    from source

)

select * from renamed
