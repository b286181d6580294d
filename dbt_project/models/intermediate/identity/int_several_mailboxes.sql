with mailbox_refusals as (

    select * from {{ ref('int_mailbox_refusals') }}

),

visitor_mailboxes as (

    select * from {{ ref('int_visitor_mailboxes') }}

),

visitor_records as (

    select * from {{ ref('int_visitor_records') }}

),

-- Only a visitor who gave several mailboxes, or one and a record, can exceed a limit.
given as (

    select
        'visitor:' || visitor_id as hub,
        'mailbox:' || mailbox as spoke,
        mailbox,
        is_role,
        valid_from,
        valid_to
    from visitor_mailboxes
    window same_visitor as (partition by visitor_id)
    qualify
        min(mailbox) over same_visitor != max(mailbox) over same_visitor
        or visitor_id in (select visitor_records.visitor_id from visitor_records)

),

-- A mailbox that is shared itself says nothing about who its visitors are.
shared as (

    select
        given.hub,
        given.spoke,
        mailbox_refusals.valid_from,
        mailbox_refusals.valid_to
    from given
    inner join mailbox_refusals
        on given.spoke = mailbox_refusals.node

),

own as (

    {{ time_without('given', 'shared') }}

)

select
    hub,
    spoke,
    mailbox,
    is_role,
    valid_from,
    valid_to
from own
