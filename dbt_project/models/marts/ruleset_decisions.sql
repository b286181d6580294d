with decisions as (

    select * from {{ ref('stg_pipeline__ruleset_decisions') }}

)

-- The columns are those of stg_pipeline__ruleset_decisions, in its order.
select * from decisions -- noqa: AM04
