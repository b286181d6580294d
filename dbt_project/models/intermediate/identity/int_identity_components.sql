with recursive nodes as (

    select * from {{ ref('int_identity_nodes') }}

),

links as (

    select * from {{ ref('int_identity_links') }}
    where not is_refused

),

edges as (

    select
        hub as node,
        spoke as neighbour
    from links

    union all

    select
        spoke as node,
        hub as neighbour
    from links

),

-- Every node takes the smallest name among its neighbours until nothing changes.
components(node, component) using key (node) as (

    select
        node,
        node as component
    from nodes

    union

    select
        edges.neighbour as node,
        min(components.component) as component
    from components
    inner join edges
        on components.node = edges.node
    inner join recurring.components as known
        on edges.neighbour = known.node
    where components.component < known.component
    group by edges.neighbour

)

select
    node,
    component
from components
