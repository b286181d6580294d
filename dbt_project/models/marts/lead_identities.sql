with members as (

    select * from {{ ref('int_lead_members') }}

),

links as (

    select * from {{ ref('int_identity_links') }}

),

world as (

    select * from {{ ref('stg_pipeline__world') }}

),

followed as (

    select
        *,
        lag(valid_to) over same_lead as previous_to
    from members
    window
        same_lead as (
            partition by identifier_type, identifier, lead_id order by valid_from
        )

),

numbered as (

    select
        *,
        -- A new stretch starts where the one before did not end the day before.
        count_if(previous_to is null or previous_to != valid_from - 1) over (
            partition by identifier_type, identifier, lead_id
            order by valid_from rows unbounded preceding
        ) as stretch
    from followed

),

stretches as (

    select
        lead_id,
        identifier_type,
        identifier,
        min(valid_from) as since,
        nullif(max(valid_to), {{ forever() }}) as until
    from numbered
    group by lead_id, identifier_type, identifier, stretch

),

record_emails as (

    select distinct hub
    from links
    where link_type = 'email_records'

),

identities as (

    select
        stretches.lead_id,
        stretches.identifier_type,
        case
            -- An address is personal: only its keyed hash is published.
            when stretches.identifier_type = 'email'
                then 'h_' || substr(
                    sha256(world.id_key || ' ' || stretches.identifier), 1, 16
                )
            else stretches.identifier
        end as identifier,
        stretches.since,
        stretches.until,
        case
            when stretches.identifier_type = 'crm' then 'CRM record'
            when stretches.identifier_type = 'visitor'
                then 'This visitor gave an address of the lead'
            when record_emails.hub is not null then 'Address on a CRM record'
            else 'Address that reacted to our mail or was given on the website'
        end as reason
    from stretches
    cross join world
    left join record_emails
        on 'email:' || stretches.identifier = record_emails.hub

)

select * from identities
