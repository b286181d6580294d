with members as (

    select * from {{ ref('int_lead_members') }}

)

select
    identifier_type,
    identifier,
    lead_id,
    valid_from
from members
qualify
    valid_from <= lag(valid_to) over (
        partition by identifier_type, identifier order by valid_from
    )
