with record_refusals as (

    select * from {{ ref('int_record_refusals') }}

),

visitor_mailboxes as (

    select * from {{ ref('int_visitor_mailboxes') }}

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
    from record_refusals

    union all

    select
        hub as node,
        limit_name,
        valid_from,
        valid_to
    from too_many_visitors

)

select * from refusals
