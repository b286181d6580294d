with identifiers as (

    select * from {{ ref('int_lead_identifiers') }}
    where identifier_type = 'crm' and identifier != lead_id

),

crm_merges as (

    select * from {{ ref('int_crm_merge_versions') }}

),

links as (

    select * from {{ ref('int_identity_links') }}
    where link_type = 'email_records' and not is_refused

),

refusals as (

    select * from {{ ref('int_identity_refusals') }}

),

ties as (

    select
        unnest([merged_id, into_id]) as record_id,
        unnest([into_id, merged_id]) as other_id,
        null as hub,
        {{ merged_with() }} as words,
        1 as priority,
        valid_from,
        valid_to
    from crm_merges

    union all

    select
        substr(links.spoke, 5) as record_id,
        substr(others.spoke, 5) as other_id,
        links.hub,
        {{ same_mailbox_as() }} as words,
        2 as priority,
        greatest(links.valid_from, others.valid_from) as valid_from,
        least(links.valid_to, others.valid_to) as valid_to
    from links
    inner join links as others
        on
            links.hub = others.hub
            and links.spoke != others.spoke

),

reasons as (

    select
        identifiers.lead_id,
        identifiers.identifier as record_id,
        identifiers.valid_from,
        coalesce(
            min_by(
                ties.words || ties.other_id, row(ties.priority, ties.other_id)
            ) filter (where refusals.node is null),
            'A visitor gave its email or id, and another of the lead'
        ) as reason
    from identifiers
    left join ties
        on
            identifiers.identifier = ties.record_id
            and identifiers.valid_from between ties.valid_from and ties.valid_to
    left join refusals
        on
            ties.hub = refusals.node
            and identifiers.valid_from
            between refusals.valid_from and refusals.valid_to
    group by identifiers.lead_id, identifiers.identifier, identifiers.valid_from

)

select * from reasons
