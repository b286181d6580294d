{{ config(materialized='view') }}

with factors as (

    select * from {{ ref('factors_demographic') }}
    union all
    select * from {{ ref('factors_firmographic') }}
    union all
    select * from {{ ref('factors_behavioral') }}
    union all
    select * from {{ ref('factors_negative') }}

)

-- The columns are those of each of the four.
select * from factors -- noqa: AM04
