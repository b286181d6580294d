with crm_merges as (

    select * from {{ ref('int_crm_merge_versions') }}

),

links as (

    select
        0 as graph,
        into_id as hub,
        merged_id as spoke
    from crm_merges

),

nodes as (

    select distinct
        0 as graph,
        unnest([hub, spoke]) as node
    from links

),

ever_connected as (

    {{ connected_nodes('nodes', 'links') }}

),

changes as (

    select distinct
        ever_connected.name as component,
        unnest([crm_merges.valid_from, crm_merges.valid_to + 1]) as day
    from crm_merges
    inner join ever_connected
        on crm_merges.into_id = ever_connected.node

),

stretches as (

    select
        component,
        day as valid_from,
        coalesce(
            lead(day) over (partition by component order by day) - 1, {{ forever() }}
        ) as valid_to
    from changes
    where day <= {{ forever() }}

),

-- Chains and loops of crm_merges that hold on a day are one group.
links_of_day as (

    select
        hash(stretches.component, stretches.valid_from) as graph,
        crm_merges.into_id as hub,
        crm_merges.merged_id as spoke
    from crm_merges
    inner join ever_connected
        on crm_merges.into_id = ever_connected.node
    inner join stretches
        on
            ever_connected.name = stretches.component
            and stretches.valid_from
            between crm_merges.valid_from and crm_merges.valid_to

),

nodes_of_day as (

    select distinct
        graph,
        unnest([hub, spoke]) as node
    from links_of_day

),

connected as (

    {{ connected_nodes('nodes_of_day', 'links_of_day') }}

),

merge_groups as (

    select
        connected.node as lead_id,
        connected.name as group_id,
        merged.spoke is not null as is_merged,
        stretches.valid_from,
        stretches.valid_to
    from connected
    inner join ever_connected
        on connected.node = ever_connected.node
    inner join stretches
        on
            ever_connected.name = stretches.component
            and connected.graph = hash(stretches.component, stretches.valid_from)
    left join links_of_day as merged
        on
            connected.graph = merged.graph
            and connected.node = merged.spoke

)

select * from merge_groups
