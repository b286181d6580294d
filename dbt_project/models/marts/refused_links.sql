with links as (

    select
        *,
        unnest([hub, spoke]) as node,
        unnest([spoke, hub]) as linked
    from {{ ref('int_identity_links') }}
    where link_type != 'crm_merges'

),

refusals as (

    select * from {{ ref('int_identity_refusals') }}

),

identity_caps as (

    select * from {{ ref('identity_caps') }}

),

world as (

    select * from {{ ref('stg_pipeline__world') }}

),

refused as (

    select
        refusals.cap,
        refusals.refused_from,
        refusals.refused_to,
        identity_caps.reason,
        split_part(links.node, ':', 1) as node_type,
        substr(links.node, strpos(links.node, ':') + 1) as identifier,
        split_part(links.linked, ':', 1) as linked_type,
        substr(links.linked, strpos(links.linked, ':') + 1) as linked_to
    from refusals
    inner join identity_caps
        on refusals.cap = identity_caps.cap
    inner join links
        on
            refusals.node = links.node
            and refusals.refused_from <= links.until
            and refusals.refused_to >= links.since
    where refusals.refused_from <= {{ as_of_to() }}

),

refused_links as (

    select distinct
        refused.node_type as identifier_type,
        case
            when refused.node_type = 'mailbox'
                then {{ hashed_email('refused.identifier', 'world.id_key') }}
            else refused.identifier
        end as identifier,
        refused.linked_type,
        case
            when refused.linked_type = 'mailbox'
                then {{ hashed_email('refused.linked_to', 'world.id_key') }}
            else refused.linked_to
        end as linked_to,
        refused.cap,
        refused.refused_from,
        nullif(refused.refused_to, {{ forever() }}) as refused_to,
        refused.reason
    from refused
    cross join world

)

select * from refused_links
