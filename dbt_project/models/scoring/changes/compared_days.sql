{{ config(materialized='view') }}

with kept as (

    select * from {{ ref('kept_rules') }}

),

days as (

    select
        {{ as_of_to() }} as as_of_date,
        max(as_of_date) as previous_date
    from kept
    where as_of_date < {{ as_of_to() }}

)

select * from days
where previous_date is not null
