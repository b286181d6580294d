with components as (

    select * from {{ ref('int_identity_components') }}

),

epochs as (

    select * from {{ ref('int_identity_epochs') }}

),

nodes as (

    select * from {{ ref('int_identity_nodes') }}

),

members as (

    select
        components.component,
        epochs.valid_from,
        epochs.valid_to,
        components.node
    from components
    inner join epochs
        on components.component = epochs.component
    inner join nodes
        on
            components.node = nodes.node
            and epochs.valid_from between nodes.since and nodes.until

)

select * from members
