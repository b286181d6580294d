with components as (

    select * from {{ ref('int_identity_components') }}

),

nodes as (

    select * from {{ ref('int_identity_nodes') }}

),

links as (

    select * from {{ ref('int_identity_links') }}

),

refusals as (

    select * from {{ ref('int_identity_refusals') }}

),

mailboxes as (

    select * from {{ ref('int_mailboxes') }}

),

records as (

    select * from {{ ref('int_crm_lead_versions') }}

),

changes as (

    select
        node,
        valid_from as change_date
    from nodes

    union all

    select
        hub as node,
        unnest([valid_from, valid_to + 1]) as change_date
    from links
    where not is_refused

    union all

    select
        node,
        unnest([valid_from, valid_to + 1]) as change_date
    from refusals

    union all

    -- Another spelling of a mailbox that is known already.
    select
        'mailbox:' || mailbox as node,
        valid_from as change_date
    from mailboxes

    union all

    select
        'crm:' || lead_id as node,
        unnest([valid_from, valid_to + 1]) as change_date
    from records
    where is_gone

),

versions as (

    select
        components.component,
        changes.change_date as valid_from,
        coalesce(
            lead(changes.change_date) over (
                partition by components.component order by changes.change_date
            ) - 1,
            {{ forever() }}
        ) as valid_to
    from changes
    inner join components
        on changes.node = components.node
    inner join nodes
        on
            changes.node = nodes.node
            and changes.change_date >= nodes.valid_from
    where changes.change_date < {{ forever() }}
    group by components.component, changes.change_date

)

select * from versions
