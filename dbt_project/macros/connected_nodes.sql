{#
  Every node with the one that names all it is connected to by links (graph, hub,
  spoke), in each graph apart. Names spread along the links until nothing is new. That
  is cheap because a node with one neighbour takes no part and follows the neighbour,
  which leaves next to nothing of most people.
#}
{% macro connected_nodes(nodes, links) -%}
    with recursive edges as (

        select
            graph,
            hub as node,
            spoke as neighbour
        from {{ links }}

        union

        select
            graph,
            spoke as node,
            hub as neighbour
        from {{ links }}

    ),

    ends as (

        select
            graph,
            node,
            min(neighbour) as neighbour
        from edges
        group by graph, node
        having count(*) = 1

    ),

    -- Of two nodes that have but each other, the smaller stays.
    followers as (

        select ends.*
        from ends
        left join ends as partners
            on
                ends.graph = partners.graph
                and ends.neighbour = partners.node
        where partners.node is null or ends.neighbour < ends.node

    ),

    inner_nodes as (

        select
            nodes.graph,
            nodes.node
        from {{ nodes }} as nodes
        left join followers
            on
                nodes.graph = followers.graph
                and nodes.node = followers.node
        where followers.node is null

    ),

    inner_edges as (

        select edges.*
        from edges
        inner join inner_nodes
            on
                edges.graph = inner_nodes.graph
                and edges.node = inner_nodes.node
        inner join inner_nodes as neighbours
            on
                edges.graph = neighbours.graph
                and edges.neighbour = neighbours.node

    ),

    -- A name goes on to larger nodes only, so the smallest of all reaches everyone.
    reached(graph, node, name) as (

        select
            graph,
            node,
            node as name
        from inner_nodes

        union

        select
            inner_edges.graph,
            inner_edges.neighbour as node,
            reached.name
        from reached
        inner join inner_edges
            on
                reached.graph = inner_edges.graph
                and reached.node = inner_edges.node
        where reached.name < inner_edges.neighbour

    ),

    named as (

        select
            graph,
            node,
            min(name) as name
        from reached
        group by graph, node

    )

    select * from named

    union all

    select
        followers.graph,
        followers.node,
        named.name
    from followers
    inner join named
        on
            followers.graph = named.graph
            and followers.neighbour = named.node
{%- endmacro %}
