with records as (

    select * from {{ ref('int_crm_lead_versions') }}

),

held as (

    select
        lead_id,
        email,
        min(valid_from) as since,
        max(valid_to) as held_to
    from records
    where email is not null
    group by lead_id, email

),

record_emails as (

    select
        held.lead_id,
        held.email,
        held.since,
        -- An email that a record gave up stays its own until another record takes it.
        coalesce(
            min(greatest(takers.valid_from, held.held_to + 1)) - 1, {{ forever() }}
        ) as until
    from held
    left join records as takers
        on
            held.email = takers.email
            and held.lead_id != takers.lead_id
            and held.held_to < takers.valid_to
    group by held.lead_id, held.email, held.since

)

select * from record_emails
