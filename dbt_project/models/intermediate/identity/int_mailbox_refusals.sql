with record_mailboxes as (

    select * from {{ ref('int_record_mailboxes') }}

),

visitor_mailboxes as (

    select * from {{ ref('int_visitor_mailboxes') }}

),

crm_merges as (

    select * from {{ ref('int_crm_merge_versions') }}

),

records as (

    select
        'mailbox:' || mailbox as hub,
        'crm:' || lead_id as spoke,
        case when is_role then 'role_email_records' else 'email_records' end
            as limit_name,
        valid_from,
        valid_to,
        name_words
    from record_mailboxes

),

names_apart as (

    {{ names_apart('records') }}

),

links as (

    select
        hub,
        spoke,
        limit_name,
        valid_from,
        valid_to
    from records

    union all

    select
        hub,
        spoke,
        'email_names' as limit_name,
        valid_from,
        valid_to
    from names_apart

    union all

    select
        'mailbox:' || mailbox as hub,
        'visitor:' || visitor_id as spoke,
        case when is_role then 'role_email_visitors' else 'email_visitors' end
            as limit_name,
        valid_from,
        valid_to
    from visitor_mailboxes

),

-- A record that was merged into another is not counted beside it.
uncounted as (

    select
        'crm:' || merged_id as spoke,
        valid_from,
        valid_to
    from crm_merges

),

changes as (

    {{ link_changes('links', 'uncounted') }}

),

refused as (

    {{ above_limit('changes', ['hub', 'limit_name']) }}

)

select
    hub as node,
    limit_name,
    valid_from,
    valid_to
from refused
