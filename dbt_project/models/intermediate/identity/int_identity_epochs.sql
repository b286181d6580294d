with components as (

    select * from {{ ref('int_identity_components') }}

),

nodes as (

    select * from {{ ref('int_identity_nodes') }}

),

links as (

    select * from {{ ref('int_identity_links') }}

),

records as (

    select * from {{ ref('int_crm_lead_versions') }}

),

changes as (

    select
        node,
        since as change_date
    from nodes

    union

    select
        node,
        until + 1 as change_date
    from nodes

    union

    select
        hub as node,
        since as change_date
    from links

    union

    select
        hub as node,
        unnest([until + 1, refused_from]) as change_date
    from links

    union

    select
        'crm:' || lead_id as node,
        unnest([valid_from, valid_to + 1]) as change_date
    from records
    where is_gone

),

change_dates as (

    select distinct
        components.component,
        changes.change_date
    from changes
    inner join components
        on changes.node = components.node
    where changes.change_date < {{ forever() }}

),

epochs as (

    select
        component,
        change_date as valid_from,
        coalesce(
            lead(change_date) over (partition by component order by change_date) - 1,
            {{ forever() }}
        ) as valid_to
    from change_dates

)

select * from epochs
