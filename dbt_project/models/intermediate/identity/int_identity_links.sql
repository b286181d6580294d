with record_mailboxes as (

    select * from {{ ref('int_record_mailboxes') }}

),

visitor_mailboxes as (

    select * from {{ ref('int_visitor_mailboxes') }}

),

visitor_records as (

    select * from {{ ref('int_visitor_records') }}

),

crm_merges as (

    select * from {{ ref('int_crm_merge_versions') }}

),

refusals as (

    select * from {{ ref('int_identity_refusals') }}

),

links as (

    select
        'email_records' as link_type,
        'mailbox:' || mailbox as hub,
        'crm:' || lead_id as spoke,
        valid_from,
        valid_to
    from record_mailboxes

    union all

    select
        'visitor_emails' as link_type,
        'visitor:' || visitor_id as hub,
        'mailbox:' || mailbox as spoke,
        valid_from,
        valid_to
    from visitor_mailboxes

    union all

    select
        'visitor_records' as link_type,
        'visitor:' || visitor_id as hub,
        'crm:' || lead_id as spoke,
        valid_from,
        valid_to
    from visitor_records

    union all

    select
        'crm_merges' as link_type,
        'crm:' || into_id as hub,
        'crm:' || merged_id as spoke,
        valid_from,
        valid_to
    from crm_merges

),

ends as (

    select
        *,
        unnest([hub, spoke]) as node
    from links

),

-- While it holds one of its ends is always refused: it never joins anybody.
judged as (

    select
        links.link_type,
        links.hub,
        links.spoke,
        links.valid_from,
        links.valid_to,
        coalesce(
            bool_or(
                refusals.valid_from <= links.valid_from
                and refusals.valid_to >= links.valid_to
            ), false
        ) as is_refused
    from ends as links
    left join refusals
        on links.node = refusals.node
    group by links.link_type, links.hub, links.spoke, links.valid_from, links.valid_to

)

select * from judged
