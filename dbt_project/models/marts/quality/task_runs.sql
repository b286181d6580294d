with runs as (

    select * from {{ ref('stg_pipeline__task_runs') }}

),

newest as (

    select max(started_at) as started_at from runs

),

shown as (

    select
        runs.task,
        runs.day,
        runs.started_at,
        runs.seconds,
        runs.succeeded
    from runs
    cross join newest
    where runs.started_at > newest.started_at - interval 30 day

)

select * from shown
