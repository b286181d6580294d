with visitor_mailboxes as (

    select * from {{ ref('int_visitor_mailboxes') }}

),

mailbox_refusals as (

    select * from {{ ref('int_mailbox_refusals') }}

),

given as (

    select
        'visitor:' || visitor_id as hub,
        'mailbox:' || mailbox as spoke,
        since as given_since,
        named_since as since,
        {{ forever() }} as until,
        name_words
    from visitor_mailboxes

),

names_apart as (

    {{ names_apart('given') }}

),

links as (

    select
        hub,
        spoke,
        'visitor_emails' as cap,
        given_since as since,
        until
    from given

    union all

    select
        hub,
        spoke,
        'visitor_names' as cap,
        since,
        until
    from names_apart

),

refusal_steps as (

    select
        node as spoke,
        0 as max_links,
        unnest([refused_from, refused_to + 1]) as day,
        unnest([1, -1]) as step
    from mailbox_refusals

),

-- A mailbox that is shared itself says nothing about who its visitors are.
pauses as (

    {{ stretches_above('refusal_steps', ['spoke']) }}

),

steps as (

    {{ link_steps('links', 'pauses') }}

),

stretches as (

    {{ stretches_above('steps', ['hub', 'cap']) }}

)

select
    hub as node,
    cap,
    from_date as refused_from,
    to_date as refused_to
from stretches
