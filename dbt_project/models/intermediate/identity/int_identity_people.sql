with members as (

    select
        *,
        split_part(node, ':', 1) as node_type,
        substr(node, strpos(node, ':') + 1) as identifier
    from {{ ref('int_identity_members') }}

),

nodes as (

    select * from {{ ref('int_identity_nodes') }}

),

records as (

    select
        *,
        'crm:' || lead_id as node
    from {{ ref('int_crm_lead_versions') }}
    where not is_gone

),

world as (

    select * from {{ ref('stg_pipeline__world') }}

),

-- A person is named after the oldest record, else after the first mailbox seen.
people as (

    select
        members.person,
        members.valid_from,
        coalesce(
            min_by(
                records.lead_id,
                row(
                    coalesce(records.created_at, cast('9999-12-31' as timestamp)),
                    records.lead_id
                )
            ) filter (where records.lead_id is not null),
            case
                -- Somebody whose records were all deleted is no lead.
                when count_if(members.node_type = 'crm') = 0
                    then 'e_' || substr(
                        sha256(
                            any_value(world.id_key) || ' ' || min_by(
                                members.identifier,
                                row(nodes.valid_from, members.identifier)
                            ) filter (where members.node_type = 'mailbox')
                        ), 1, 16
                    )
            end
        ) as lead_id
    from members
    inner join nodes
        on members.node = nodes.node
    left join records
        on
            members.node = records.node
            and members.valid_from between records.valid_from and records.valid_to
    cross join world
    group by members.person, members.valid_from

)

select * from people
where lead_id is not null
