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

nodes as (

    select distinct
        graph,
        unnest([hub, spoke]) as node
    from links

),

connected as (

    {{ connected_nodes('nodes', 'links') }}

),

tenancies as (

    select
        holds.mailbox,
        coalesce(connected.name, holds.node) as tenancy,
        min(holds.valid_from) as valid_from,
        max(holds.valid_to) as valid_to
    from holds
    left join connected
        on
            holds.graph = connected.graph
            and holds.node = connected.node
    group by holds.mailbox, coalesce(connected.name, holds.node)

)

select * from tenancies
