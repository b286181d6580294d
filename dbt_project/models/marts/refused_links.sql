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

identity_limits as (

    select * from {{ ref('identity_limits') }}

),

world as (

    select * from {{ ref('stg_pipeline__world') }}

),

refused as (

    select
        refusals.limit_name,
        refusals.valid_from,
        refusals.valid_to,
        identity_limits.reason,
        split_part(links.node, ':', 1) as node_type,
        substr(links.node, strpos(links.node, ':') + 1) as identifier,
        split_part(links.linked, ':', 1) as linked_type,
        substr(links.linked, strpos(links.linked, ':') + 1) as linked_to
    from refusals
    inner join identity_limits
        on refusals.limit_name = identity_limits.limit_name
    inner join links
        on
            refusals.node = links.node
            and refusals.valid_from <= links.valid_to
            and refusals.valid_to >= links.valid_from
    where refusals.valid_from <= {{ as_of_to() }}

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
        refused.limit_name as cap,
        refused.valid_from as refused_from,
        nullif(refused.valid_to, {{ forever() }}) as refused_to,
        refused.reason
    from refused
    cross join world

)

select * from refused_links
