with record_refusals as (

    select * from {{ ref('int_record_refusals') }}

),

pasts as (

    select * from {{ ref('int_mailbox_pasts') }}

),

visitor_mailboxes as (

    select * from {{ ref('int_visitor_mailboxes') }}

),

-- Each day has the past that it sees.
record_changes as (

    select
        'mailbox:' || pasts.mailbox as node,
        record_refusals.limit_name,
        0 as max_links,
        unnest([
            greatest(record_refusals.valid_from, pasts.valid_from),
            least(record_refusals.valid_to, pasts.valid_to) + 1
        ]) as day,
        unnest([1, -1]) as change
    from record_refusals
    inner join pasts
        on
            record_refusals.past = pasts.past
            and record_refusals.valid_from <= pasts.valid_to
            and record_refusals.valid_to >= pasts.valid_from

),

too_many_records as (

    {{ above_limit('record_changes', ['node', 'limit_name']) }}

),

links as (

    select
        'mailbox:' || mailbox as hub,
        case when is_role then 'role_email_visitors' else 'email_visitors' end
            as limit_name,
        valid_from,
        valid_to
    from visitor_mailboxes

),

changes as (

    {{ link_changes('links') }}

),

too_many_visitors as (

    {{ above_limit('changes', ['hub', 'limit_name']) }}

),

refusals as (

    select
        node,
        limit_name,
        valid_from,
        valid_to
    from too_many_records

    union all

    select
        hub as node,
        limit_name,
        valid_from,
        valid_to
    from too_many_visitors

)

select * from refusals
