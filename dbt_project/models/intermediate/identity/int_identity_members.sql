with recursive members as (

    select * from {{ ref('int_identity_epoch_nodes') }}

),

links as (

    select * from {{ ref('int_identity_links') }}

),

edges as (

    select
        members.valid_from,
        links.hub,
        links.spoke
    from members
    inner join links
        on
            members.node = links.hub
            and members.valid_from between links.since and links.until
    where not links.is_refused

),

both_ways as (

    select
        valid_from,
        hub as node,
        spoke as neighbour
    from edges

    union all

    select
        valid_from,
        spoke as node,
        hub as neighbour
    from edges

),

-- As in int_identity_components, with the links that hold in each epoch.
people(valid_from, node, person) using key (valid_from, node) as (

    select
        valid_from,
        node,
        node as person
    from members

    union

    select
        both_ways.valid_from,
        both_ways.neighbour as node,
        min(people.person) as person
    from people
    inner join both_ways
        on
            people.valid_from = both_ways.valid_from
            and people.node = both_ways.node
    inner join recurring.people as known
        on
            both_ways.valid_from = known.valid_from
            and both_ways.neighbour = known.node
    where people.person < known.person
    group by both_ways.valid_from, both_ways.neighbour

)

select
    members.component,
    members.valid_from,
    members.valid_to,
    members.node,
    people.person
from members
inner join people
    on
        members.valid_from = people.valid_from
        and members.node = people.node
