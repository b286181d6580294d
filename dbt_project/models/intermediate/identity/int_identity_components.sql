with nodes as (

    select
        0 as graph,
        node
    from {{ ref('int_identity_nodes') }}

),

links as (

    select
        0 as graph,
        hub,
        spoke
    from {{ ref('int_identity_links') }}
    where not is_refused

),

connected as (

    {{ connected_nodes('nodes', 'links') }}

)

select
    node,
    name as component
from connected
