with members as (

    select * from {{ ref('int_lead_members') }}
    where
        identifier_type = 'crm'
        and not is_gone
        and {{ as_of_to() }} between valid_from and valid_to

),

identities as (

    select * from {{ ref('lead_identities') }}
    where
        identifier_type = 'crm'
        and {{ as_of_to() }} between since and coalesce(until, {{ forever() }})

),

records as (

    select
        *,
        len(list_filter(
            [
                email, first_name, last_name, job_title, phone, company_name,
                account_id, country, region, city, lead_source, owner_id
            ],
            value -> value is not null and value != ''
        )) as known_columns
    from {{ ref('int_crm_lead_versions') }}
    where {{ as_of_to() }} between valid_from and valid_to

),

duplicates as (

    select
        members.lead_id,
        members.identifier as record_id,
        members.lead_id = members.identifier as is_kept,
        identities.reason,
        identities.since,
        records.created_at,
        records.updated_at,
        records.known_columns,
        row_number() over (
            partition by members.lead_id
            order by
                records.known_columns desc,
                records.updated_at desc nulls last,
                records.lead_id asc
        ) = 1 as is_most_complete
    from members
    inner join identities
        on
            members.lead_id = identities.lead_id
            and members.identifier = identities.identifier
    inner join records
        on members.identifier = records.lead_id
    qualify count(*) over (partition by members.lead_id) > 1

)

select * from duplicates
