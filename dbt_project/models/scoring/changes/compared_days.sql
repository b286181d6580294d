{{ config(materialized='view') }}

with days as (

    select
        {{ as_of_to() }} as as_of_date,
        {{ compared_date() }} as previous_date

)

select * from days
where previous_date < as_of_date
