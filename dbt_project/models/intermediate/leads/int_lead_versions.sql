with members as (

    select * from {{ ref('int_lead_members') }}
    where
        valid_from <= {{ as_of_to() }}
        and valid_to >= {{ as_of_from() }}

),

records as (

    select * from {{ ref('int_crm_lead_versions') }}

),

changes as (

    select
        lead_id,
        valid_from as members_from,
        valid_to as members_to,
        greatest(valid_from, {{ as_of_from() }}) as change_date
    from members

    union

    select
        members.lead_id,
        members.valid_from as members_from,
        members.valid_to as members_to,
        records.valid_from as change_date
    from members
    inner join records
        on
            members.identifier_type = 'crm'
            and members.identifier = records.lead_id
            and records.valid_from between members.valid_from and members.valid_to
            and records.valid_from > {{ as_of_from() }}
            and records.valid_from <= {{ as_of_to() }}

    union

    select
        members.lead_id,
        members.valid_from as members_from,
        members.valid_to as members_to,
        records.delivered_date as change_date
    from members
    inner join records
        on
            members.identifier_type = 'crm'
            and members.identifier = records.lead_id
            and records.delivered_date between members.valid_from and members.valid_to
            and records.delivered_date > {{ as_of_from() }}
            and records.delivered_date <= {{ as_of_to() }}

),

versions as (

    select
        lead_id,
        members_from,
        change_date as valid_from,
        least(
            members_to,
            {{ as_of_to() }},
            coalesce(
                lead(change_date) over (partition by lead_id order by change_date) - 1,
                {{ forever() }}
            )
        ) as valid_to
    from changes

)

select * from versions
