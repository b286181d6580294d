with stretches as (

    select * from {{ ref('int_identity_stretches') }}
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
        'The CRM merged it with ' as words,
        1 as priority,
        valid_from,
        valid_to
    from crm_merges

    union all

    select
        substr(links.spoke, 5) as record_id,
        substr(others.spoke, 5) as other_id,
        links.hub,
        'Same mailbox as ' as words,
        2 as priority,
        greatest(links.since, others.since) as valid_from,
        least(links.until, others.until) as valid_to
    from links
    inner join links as others
        on
            links.hub = others.hub
            and links.spoke != others.spoke

),

reasons as (

    select
        stretches.lead_id,
        stretches.identifier as record_id,
        stretches.since,
        coalesce(
            min_by(
                ties.words || ties.other_id, row(ties.priority, ties.other_id)
            ) filter (where refusals.node is null),
            'A visitor gave its email and another of the lead'
        ) as reason
    from stretches
    left join ties
        on
            stretches.identifier = ties.record_id
            and stretches.since between ties.valid_from and ties.valid_to
    left join refusals
        on
            ties.hub = refusals.node
            and stretches.since between refusals.refused_from and refusals.refused_to
    group by stretches.lead_id, stretches.identifier, stretches.since

)

select * from reasons
