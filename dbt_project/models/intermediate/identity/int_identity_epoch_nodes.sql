with components as (

    select * from {{ ref('int_identity_components') }}

),

epochs as (

    select * from {{ ref('int_identity_epochs') }}

),

nodes as (

    select * from {{ ref('int_identity_nodes') }}

),

refusals as (

    select * from {{ ref('int_identity_refusals') }}

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
            and epochs.valid_from >= nodes.since
    where
        not exists (
            select 1 from refusals
            where
                components.node = refusals.node
                and epochs.valid_from
                between refusals.refused_from and refusals.refused_to
        )

)

select * from members
