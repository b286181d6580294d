with record_mailboxes as (

    select * from {{ ref('int_record_mailboxes') }}
    where not is_shadowed

),

pasts as (

    select * from {{ ref('int_mailbox_pasts') }}

),

links as (

    select * from {{ ref('int_mailbox_successions') }}

),

holds as (

    select
        pasts.past as graph,
        record_mailboxes.lead_id || ' ' || record_mailboxes.valid_from as node,
        record_mailboxes.valid_from,
        record_mailboxes.valid_to
    from record_mailboxes
    inner join pasts
        on record_mailboxes.mailbox = pasts.mailbox

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
        holds.graph as past,
        coalesce(connected.name, holds.node) as tenancy,
        min(holds.valid_from) as valid_from,
        max(holds.valid_to) as valid_to
    from holds
    left join connected
        on
            holds.graph = connected.graph
            and holds.node = connected.node
    group by holds.graph, coalesce(connected.name, holds.node)

)

select * from tenancies
