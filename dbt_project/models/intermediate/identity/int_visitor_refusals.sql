with visitor_mailboxes as (

    select * from {{ ref('int_visitor_mailboxes') }}

),

-- A mailbox has the name of the first record that had it; a team's has none.
mailbox_names as (

    select
        mailbox,
        min(since) as since,
        min_by(name_words, row(since, lead_id)) as name_words
    from {{ ref('int_record_mailboxes') }}
    where not is_role
    group by mailbox

),

given as (

    select
        'visitor:' || visitor_mailboxes.visitor_id as hub,
        'mailbox:' || visitor_mailboxes.mailbox as spoke,
        visitor_mailboxes.since as given_since,
        greatest(visitor_mailboxes.since, mailbox_names.since) as since,
        visitor_mailboxes.until,
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
    from {{ ref('int_mailbox_refusals') }}

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
