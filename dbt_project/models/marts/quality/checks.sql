with judged as (

    select * from {{ ref('stg_pipeline__checks') }}

),

shown as (

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
    from judged
    where
        day > {{ as_of_to() }} - {{ quality_days() }}
        and day <= {{ as_of_to() }}

)

select * from shown
