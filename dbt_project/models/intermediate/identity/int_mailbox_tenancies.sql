with record_mailboxes as (

    select * from {{ ref('int_record_mailboxes') }}
    where not is_shadowed

),

links as (

    select * from {{ ref('int_mailbox_successions') }}

),

holds as (

    select
        'mailbox:' || mailbox as graph,
        lead_id || ' ' || valid_from as node,
        mailbox,
        valid_from,
        valid_to
    from record_mailboxes

),

-- Where one record alone ever held the mailbox there is nobody to tell apart.
shared as (

    select *
    from holds
    qualify count(*) over (partition by graph) > 1

),

connected as (

    {{ connected_nodes('shared', 'links') }}

),

tenancies as (

    select
        shared.mailbox,
        connected.name as tenancy,
        min(shared.valid_from) as valid_from,
        max(shared.valid_to) as valid_to
    from shared
    inner join connected
        on
            shared.graph = connected.graph
            and shared.node = connected.node
    group by shared.mailbox, connected.name

    union all

    select
        mailbox,
        node as tenancy,
        valid_from,
        valid_to
    from holds
    qualify count(*) over (partition by graph) = 1

)

select * from tenancies
