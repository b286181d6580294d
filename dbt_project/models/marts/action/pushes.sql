with records as (

    select * from {{ ref('stg_pipeline__pushes') }}

),

counted as (

    select
        target,
        as_of_date,
        status,
        cause,
        count(*) as record_count,
        max(pushed_at) as pushed_at
    from records
    group by
        target,
        as_of_date,
        status,
        cause

)

select * from counted
