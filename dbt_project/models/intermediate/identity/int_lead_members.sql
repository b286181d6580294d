with members as (

    select
        *,
        split_part(node, ':', 1) as identifier_type,
        substr(node, strpos(node, ':') + 1) as identifier
    from {{ ref('int_identity_members') }}

),

nodes as (

    select * from {{ ref('int_identity_nodes') }}

),

records as (

    select * from {{ ref('int_crm_lead_versions') }}

),

world as (

    select * from {{ ref('stg_pipeline__world') }}

),

described as (

    select
        members.*,
        nodes.since,
        records.created_at,
        coalesce(records.is_gone, false) as is_gone
    from members
    inner join nodes
        on members.node = nodes.node
    left join records
        on
            members.identifier_type = 'crm'
            and members.identifier = records.lead_id
            and members.valid_from between records.valid_from and records.valid_to

),

-- A person is named after the oldest record, else after the first email seen.
people as (

    select
        described.person,
        described.valid_from,
        coalesce(
            min_by(
                described.identifier,
                row(
                    coalesce(described.created_at, cast('9999-12-31' as timestamp)),
                    described.identifier
                )
            ) filter (
                where described.identifier_type = 'crm' and not described.is_gone
            ),
            case
                -- Somebody whose records were all deleted is no lead.
                when count_if(described.identifier_type = 'crm') = 0
                    then 'e_' || substr(
                        sha256(
                            any_value(world.id_key) || ' ' || min_by(
                                described.identifier,
                                row(described.since, described.identifier)
                            ) filter (where described.identifier_type = 'email')
                        ), 1, 16
                    )
            end
        ) as lead_id
    from described
    cross join world
    group by described.person, described.valid_from

),

named as (

    select
        people.lead_id,
        described.valid_from,
        described.valid_to,
        described.identifier_type,
        described.identifier,
        described.is_gone
    from described
    inner join people
        on
            described.person = people.person
            and described.valid_from = people.valid_from
    where people.lead_id is not null

)

select * from named
