with source as (

    select * from {{ source('raw', 'task_runs') }}

),

renamed as (

    select
        task,
        day,
        started_at,
        seconds,
        succeeded

    from source

)

select * from renamed
