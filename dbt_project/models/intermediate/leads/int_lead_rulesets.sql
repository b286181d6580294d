{{ config(materialized='view') }}

with rulesets as (

    select * from {{ ref('rulesets') }}

),

-- Those of the scorecard `account` price companies: accounts, not leads, are scored.
of_leads as (

    select *
    from rulesets
    where scorecard != 'account'

)

select * from of_leads
