with batches as (

    select * from {{ ref('batches') }}

),

rejections as (

    select rejections.*
    from {{ ref('stg_pipeline__rejections') }} as rejections
    inner join batches
        on rejections.batch_id = batches.batch_id
    where batches.status != 'refused'

),

noted as (

    select
        batch_id,
        sum(row_count) as row_count
    from rejections
    group by batch_id

),

-- All rows of a refused file are rejected; its reason stands in `batches`.
others as (

    select
        batches.batch_id,
        cast(null as varchar) as column_name,
        if(
            batches.status = 'refused',
            'the whole file was refused',
            'erased since, or loaded before reasons were noted'
        ) as reason,
        batches.rows_rejected - coalesce(noted.row_count, 0) as row_count
    from batches
    left join noted
        on batches.batch_id = noted.batch_id
    where batches.rows_rejected > coalesce(noted.row_count, 0)

),

united as (

    select * from rejections

    union all

    select * from others

),

with_files as (

    select
        united.batch_id,
        batches.source,
        batches.table_name,
        batches.extract_date,
        batches.file,
        united.column_name,
        united.reason,
        cast(united.row_count as bigint) as row_count
    from united
    inner join batches
        on united.batch_id = batches.batch_id

)

select * from with_files
