with rows_of_nobody as (

    select * from {{ ref('int_rows_of_nobody') }}

),

shown as (

    select
        file,
        table_name,
        row_count,
        nobody_count
    from rows_of_nobody

)

select * from shown
