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
        case when is_role then 'role_email_records' else 'email_records' end as cap,
        since,
        until,
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
        cap,
        since,
        until
    from records

    union all

    select
        hub,
        spoke,
        'email_names' as cap,
        since,
        until
    from names_apart

    union all

    select
        'mailbox:' || mailbox as hub,
        'visitor:' || visitor_id as spoke,
        case when is_role then 'role_email_visitors' else 'email_visitors' end as cap,
        since,
        until
    from visitor_mailboxes

),

-- A record that was merged into another is not counted beside it.
pauses as (

    select
        'crm:' || merged_id as spoke,
        valid_from as from_date,
        valid_to as to_date
    from crm_merges

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
