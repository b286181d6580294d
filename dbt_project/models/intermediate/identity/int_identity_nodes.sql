with records as (

    select * from {{ ref('int_crm_lead_versions') }}

),

mailboxes as (

    select * from {{ ref('int_mailboxes') }}

),

links as (

    select * from {{ ref('int_identity_links') }}

),

activity_days as (

    select * from {{ ref('int_activity_days') }}

),

-- Who reacts to mail is known by the address alone; who only gets it is not.
reactions as (

    select
        identifier as email,
        min(activity_date) as valid_from
    from activity_days
    where identifier_type = 'email' and not_counted_reason is null and is_engagement
    group by identifier

),

seen as (

    select
        'crm:' || lead_id as node,
        valid_from
    from records

    union all

    select
        unnest([hub, spoke]) as node,
        valid_from
    from links

    union all

    select
        'mailbox:' || mailboxes.mailbox as node,
        reactions.valid_from
    from reactions
    inner join mailboxes
        on reactions.email = mailboxes.email

),

nodes as (

    select
        node,
        min(valid_from) as valid_from
    from seen
    group by node

)

select * from nodes
