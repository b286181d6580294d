with identifiers as (

    select * from {{ ref('int_lead_identifiers') }}

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

record_visitors as (

    select distinct
        'visitor' as identifier_type,
        visitor_id as identifier
    from {{ ref('int_visitor_records') }}

),

record_emails as (

    select distinct
        'email' as identifier_type,
        email as identifier
    from records

),

identities as (

    select
        identifiers.lead_id,
        identifiers.identifier_type,
        case
            -- An address is personal: only its keyed hash is published.
            when identifiers.identifier_type = 'email'
                then {{ hashed_email('identifiers.identifier', 'world.id_key') }}
            else identifiers.identifier
        end as identifier,
        identifiers.valid_from as since,
        nullif(identifiers.valid_to, {{ forever() }}) as until,
        case
            when identifiers.identifier_type = 'crm'
                then coalesce(record_reasons.reason, 'CRM record of the lead')
            when record_visitors.identifier is not null
                then 'Events of this visitor name a record of the lead'
            when identifiers.identifier_type = 'visitor'
                then 'This visitor gave an address of the lead'
            when record_emails.identifier is not null then 'Address on a CRM record'
            else 'Address that reacted to our mail or was given on the website'
        end as reason
    from identifiers
    cross join world
    left join record_emails
        on
            -- Both sides are compared: a left side alone would have every pair tried.
            identifiers.identifier_type = record_emails.identifier_type
            and identifiers.identifier = record_emails.identifier
    left join record_visitors
        on
            identifiers.identifier_type = record_visitors.identifier_type
            and identifiers.identifier = record_visitors.identifier
    left join record_reasons
        on
            identifiers.identifier_type = record_reasons.identifier_type
            and identifiers.identifier = record_reasons.record_id
            and identifiers.lead_id = record_reasons.lead_id
            and identifiers.valid_from = record_reasons.valid_from

)

select * from identities
