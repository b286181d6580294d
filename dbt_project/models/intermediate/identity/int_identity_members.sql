with members as (

    select
        *,
        valid_from as graph
    from {{ ref('int_identity_epoch_nodes') }}

),

links as (

    select * from {{ ref('int_identity_links') }}
    where not is_refused

),

-- The links that hold in each epoch, between nodes that are known in it.
links_of_epoch as (

    select
        hubs.graph,
        links.hub,
        links.spoke
    from links
    inner join members as hubs
        on
            links.hub = hubs.node
            and hubs.valid_from between links.since and links.until
    inner join members as spokes
        on
            links.spoke = spokes.node
            and hubs.valid_from = spokes.valid_from

),

connected as (

    {{ connected_nodes('members', 'links_of_epoch') }}

)

select
    members.component,
    members.valid_from,
    members.valid_to,
    members.node,
    connected.name as person
from members
inner join connected
    on
        members.valid_from = connected.graph
        and members.node = connected.node
