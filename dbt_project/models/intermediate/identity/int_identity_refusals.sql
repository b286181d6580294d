with mailbox_refusals as (

    select * from {{ ref('int_mailbox_refusals') }}

),

visitor_mailboxes as (

    select * from {{ ref('int_visitor_mailboxes') }}

),

-- A mailbox has the name of the first record that had it; a team's has none.
mailbox_names as (

    select
        mailbox,
        min(valid_from) as valid_from,
        min_by(name_words, row(valid_from, lead_id)) as name_words
    from {{ ref('int_record_mailboxes') }}
    where not is_role
    group by mailbox

),

given as (

    select
        'visitor:' || visitor_mailboxes.visitor_id as hub,
        'mailbox:' || visitor_mailboxes.mailbox as spoke,
        visitor_mailboxes.valid_from as given_from,
        greatest(visitor_mailboxes.valid_from, mailbox_names.valid_from) as valid_from,
        visitor_mailboxes.valid_to,
        mailbox_names.name_words
    from visitor_mailboxes
    left join mailbox_names
        on visitor_mailboxes.mailbox = mailbox_names.mailbox

),

names_apart as (

    {{ names_apart('given') }}

),

links as (

    select
        hub,
        spoke,
        'visitor_emails' as limit_name,
        given_from as valid_from,
        valid_to
    from given

    union all

    select
        hub,
        spoke,
        'visitor_names' as limit_name,
        valid_from,
        valid_to
    from names_apart

),

mailbox_changes as (

    select
        node as spoke,
        0 as max_links,
        unnest([valid_from, valid_to + 1]) as day,
        unnest([1, -1]) as change
    from mailbox_refusals

),

-- A mailbox that is shared itself says nothing about who its visitors are.
uncounted as (

    {{ above_limit('mailbox_changes', ['spoke']) }}

),

changes as (

    {{ link_changes('links', 'uncounted') }}

),

visitor_refusals as (

    {{ above_limit('changes', ['hub', 'limit_name']) }}

)

select
    hub as node,
    limit_name,
    valid_from,
    valid_to
from visitor_refusals

union all

select
    node,
    limit_name,
    valid_from,
    valid_to
from mailbox_refusals
