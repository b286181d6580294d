with deliveries as (

    select * from {{ ref('deliveries') }}

),

rejections as (

    select rejections.*
    from {{ ref('stg_pipeline__rejections') }} as rejections
    inner join deliveries
        on rejections.batch_id = deliveries.batch_id
    where deliveries.status != 'refused'

),

noted as (

    select
        batch_id,
        sum(row_count) as row_count
    from rejections
    group by batch_id

),

-- All rows of a refused file are rejected; its reason stands in `deliveries`.
others as (

    select
        deliveries.batch_id,
        cast(null as varchar) as column_name,
        if(
            deliveries.status = 'refused',
            'the whole file was refused',
            'erased since, or loaded before reasons were noted'
        ) as reason,
        deliveries.rows_rejected - coalesce(noted.row_count, 0) as row_count
    from deliveries
    left join noted
        on deliveries.batch_id = noted.batch_id
    where deliveries.rows_rejected > coalesce(noted.row_count, 0)

),

united as (

    select * from rejections

    union all

    select * from others

),

with_files as (

    select
        united.batch_id,
        deliveries.source,
        deliveries.table_name,
        deliveries.extract_date,
        deliveries.file,
        united.column_name,
        united.reason,
        cast(united.row_count as bigint) as row_count
    from united
    inner join deliveries
        on united.batch_id = deliveries.batch_id

)

select * from with_files
