with factors as (

    select * from {{ ref('account_factors') }}

)

select
    account_id,
    {{ as_of_to() }} as as_of_date,
    ruleset,
    dimension,
    rule_group,
    rule_id,
    points,
    reason
from factors
