with members as (

    select
        *,
        split_part(node, ':', 1) as node_type,
        substr(node, strpos(node, ':') + 1) as identifier
    from {{ ref('int_identity_members') }}

),

people as (

    select * from {{ ref('int_identity_people') }}

),

mailboxes as (

    select * from {{ ref('int_mailboxes') }}

),

records as (

    select * from {{ ref('int_crm_lead_versions') }}

),

named as (

    select
        people.lead_id,
        members.valid_from,
        members.valid_to,
        members.node_type,
        members.identifier
    from members
    inner join people
        on
            members.person = people.person
            and members.valid_from = people.valid_from

),

-- A mailbox stands for each of its addresses seen by then.
identified as (

    select
        named.lead_id,
        named.valid_from,
        named.valid_to,
        'email' as identifier_type,
        mailboxes.email as identifier,
        false as is_gone
    from named
    inner join mailboxes
        on
            named.identifier = mailboxes.mailbox
            and named.valid_from >= mailboxes.valid_from
    where named.node_type = 'mailbox'

    union all

    select
        named.lead_id,
        named.valid_from,
        named.valid_to,
        'visitor' as identifier_type,
        named.identifier,
        false as is_gone
    from named
    where named.node_type = 'visitor'

    union all

    select
        named.lead_id,
        named.valid_from,
        named.valid_to,
        'crm' as identifier_type,
        named.identifier,
        -- A merge may name a record that was never delivered.
        coalesce(records.is_gone, true) as is_gone
    from named
    left join records
        on
            named.identifier = records.lead_id
            and named.valid_from between records.valid_from and records.valid_to
    where named.node_type = 'crm'

)

select * from identified
