with components as (

    select * from {{ ref('int_identity_components') }}

),

versions as (

    select * from {{ ref('int_identity_versions') }}

),

nodes as (

    select * from {{ ref('int_identity_nodes') }}

),

refusals as (

    select * from {{ ref('int_identity_refusals') }}

),

links as (

    select * from {{ ref('int_identity_links') }}
    where not is_refused

),

members as (

    select
        components.component,
        versions.valid_from,
        versions.valid_to,
        components.node,
        -- One for each component: by the day alone all that change on it would meet.
        hash(versions.component, versions.valid_from) as graph
    from components
    inner join versions
        on components.component = versions.component
    inner join nodes
        on
            components.node = nodes.node
            and versions.valid_from >= nodes.valid_from
    where
        not exists (
            select 1 from refusals
            where
                components.node = refusals.node
                and versions.valid_from
                between refusals.valid_from and refusals.valid_to
        )

),

-- The links that hold in each version, between nodes that are known in it.
links_of_version as (

    select
        hubs.graph,
        links.hub,
        links.spoke
    from links
    inner join members as hubs
        on
            links.hub = hubs.node
            and hubs.valid_from between links.valid_from and links.valid_to
    inner join members as spokes
        on
            links.spoke = spokes.node
            and hubs.graph = spokes.graph

),

connected as (

    {{ connected_nodes('members', 'links_of_version') }}

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
        members.graph = connected.graph
        and members.node = connected.node
