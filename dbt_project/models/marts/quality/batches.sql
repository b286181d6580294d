with delivered as (

    select * from {{ ref('stg_pipeline__all_batches') }}
    where extract_date <= {{ as_of_to() }}

),

shown as (

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
        case
            when status = 'refused' then coalesce(
                cause, 'It was refused before reasons were kept without values of rows'
            )
        end as reason
    from delivered
    qualify
        extract_date > {{ as_of_to() }} - {{ quality_days() }}
        or row_number() over (
            partition by source, table_name
            order by extract_date desc, loaded_at desc, batch_id asc
        ) = 1

)

select * from shown
