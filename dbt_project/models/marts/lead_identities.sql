with stretches as (

    select * from {{ ref('int_identity_stretches') }}

),

records as (

    select * from {{ ref('int_crm_lead_versions') }}

),

record_reasons as (

    select
        *,
        'crm' as identifier_type
    from {{ ref('int_record_reasons') }}

),

world as (

    select * from {{ ref('stg_pipeline__world') }}

),

record_emails as (

    select distinct
        'email' as identifier_type,
        email as identifier
    from records

),

identities as (

    select
        stretches.lead_id,
        stretches.identifier_type,
        case
            -- An address is personal: only its keyed hash is published.
            when stretches.identifier_type = 'email'
                then {{ hashed_email('stretches.identifier', 'world.id_key') }}
            else stretches.identifier
        end as identifier,
        stretches.since,
        nullif(stretches.until, {{ forever() }}) as until,
        case
            when stretches.identifier_type = 'crm'
                then coalesce(record_reasons.reason, 'CRM record of the lead')
            when stretches.identifier_type = 'visitor'
                then 'This visitor gave an address of the lead'
            when record_emails.identifier is not null then 'Address on a CRM record'
            else 'Address that reacted to our mail or was given on the website'
        end as reason
    from stretches
    cross join world
    left join record_emails
        on
            -- Both sides are compared: a left side alone would have every pair tried.
            stretches.identifier_type = record_emails.identifier_type
            and stretches.identifier = record_emails.identifier
    left join record_reasons
        on
            stretches.identifier_type = record_reasons.identifier_type
            and stretches.identifier = record_reasons.record_id
            and stretches.lead_id = record_reasons.lead_id
            and stretches.since = record_reasons.since

)

select * from identities
