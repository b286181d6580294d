with mailbox_refusals as (

    select * from {{ ref('int_mailbox_refusals') }}

),

visitor_mailboxes as (

    select * from {{ ref('int_visitor_mailboxes') }}

),

mailbox_names as (

    select * from {{ ref('int_mailbox_names') }}

),

identity_limits as (

    select * from {{ ref('identity_limits') }}

),

-- Only a visitor who gave several mailboxes can exceed a limit.
given as (

    select
        'visitor:' || visitor_id as hub,
        'mailbox:' || mailbox as spoke,
        mailbox,
        valid_from,
        valid_to
    from visitor_mailboxes
    window same_visitor as (partition by visitor_id)
    qualify min(mailbox) over same_visitor != max(mailbox) over same_visitor

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

),

named as (

    select
        own.hub,
        own.spoke,
        mailbox_names.name_words,
        greatest(own.valid_from, mailbox_names.valid_from) as valid_from,
        least(own.valid_to, mailbox_names.valid_to) as valid_to
    from own
    inner join mailbox_names
        on
            own.mailbox = mailbox_names.mailbox
            and own.valid_from <= mailbox_names.valid_to
            and own.valid_to >= mailbox_names.valid_from

),

nameless as (

    {{ time_without('own', 'named') }}

),

links as (

    select
        hub,
        spoke,
        'visitor_emails' as limit_name,
        name_words,
        valid_from,
        valid_to
    from named

    union all

    select
        hub,
        spoke,
        'visitor_emails' as limit_name,
        [] as name_words,
        valid_from,
        valid_to
    from nameless

),

people as (

    {{ links_of_one_name('links') }}

),

changes as (

    {{ link_changes('people') }}

),

too_many as (

    {{ above_limit('changes', ['hub', 'limit_name']) }}

),

names as (

    {{ links_that_differ('people', 'too_many') }}

),

name_changes as (

    select
        names.hub,
        identity_limits.limit_name,
        identity_limits.max_links,
        unnest([names.valid_from, names.valid_to + 1]) as day,
        unnest([names.weight, -names.weight]) as change
    from names
    inner join identity_limits
        on identity_limits.limit_name = 'visitor_names'

),

different as (

    {{ above_limit('name_changes', ['hub', 'limit_name']) }}

),

refusals as (

    select
        hub as node,
        limit_name,
        valid_from,
        valid_to
    from too_many

    union all

    select
        hub as node,
        limit_name,
        valid_from,
        valid_to
    from different

    union all

    select
        node,
        limit_name,
        valid_from,
        valid_to
    from mailbox_refusals

)

select * from refusals
