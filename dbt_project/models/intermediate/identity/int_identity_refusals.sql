with mailbox_refusals as (

    select * from {{ ref('int_mailbox_refusals') }}

),

visitor_refusals as (

    select * from {{ ref('int_visitor_refusals') }}

),

refusals as (

    select * from mailbox_refusals

    union all

    select * from visitor_refusals

)

select
    node,
    cap,
    refused_from,
    refused_to
from refusals
