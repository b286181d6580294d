with records as (

    select * from {{ ref('int_crm_lead_versions') }}

),

links as (

    select * from {{ ref('int_identity_links') }}

),

activity_days as (

    select * from {{ ref('int_activity_days') }}

),

seen as (

    select
        'crm:' || lead_id as node,
        valid_from as since
    from records

    union all

    select
        hub as node,
        since
    from links

    union all

    select
        spoke as node,
        since
    from links

    union all

    -- Who reacts to mail is known by the address alone; who only gets it is not.
    select
        'email:' || identifier as node,
        activity_date as since
    from activity_days
    where identifier_type = 'email' and not_counted_reason is null and is_engagement

),

refused as (

    select
        hub as node,
        min(refused_from) as refused_from
    from links
    where refused_from is not null
    group by hub

),

nodes as (

    select
        seen.node,
        min(seen.since) as since,
        coalesce(min(refused.refused_from) - 1, {{ forever() }}) as until
    from seen
    left join refused
        on seen.node = refused.node
    group by seen.node

)

select * from nodes
where since <= until
