with accounts as (

    select * from {{ ref('int_accounts') }}

)

select
    account_id,
    name,
    domain,
    industry,
    size_band,
    employee_count,
    country,
    relationship
from accounts
