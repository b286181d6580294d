with members as (

    select * from {{ ref('int_lead_members') }}
    where
        valid_from <= {{ as_of_to() }}
        and valid_to >= {{ as_of_from() }}

),

records as (

    select * from {{ ref('int_crm_lead_versions') }}

),

account_changes as (

    select * from {{ ref('int_account_changes') }}

),

account_changes_in_range as (

    select * from account_changes
    where change_date > {{ as_of_from() }} and change_date <= {{ as_of_to() }}

),

identifier_changes as (

    select
        'crm' as identifier_type,
        lead_id as identifier,
        unnest([valid_from, delivered_date]) as change_date
    from records

    union

    select
        'crm' as identifier_type,
        records.lead_id as identifier,
        account_changes_in_range.change_date
    from records
    inner join account_changes_in_range
        on records.account_id = account_changes_in_range.account_key

    union

    select
        'crm' as identifier_type,
        records.lead_id as identifier,
        account_changes_in_range.change_date
    from records
    inner join account_changes_in_range
        on split_part(records.email, '@', 2) = account_changes_in_range.account_key

    union

    select
        'email' as identifier_type,
        members.identifier,
        account_changes_in_range.change_date
    from members
    inner join account_changes_in_range
        on
            split_part(members.identifier, '@', 2)
            = account_changes_in_range.account_key
    where members.identifier_type = 'email'

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
        identifier_changes.change_date
    from members
    inner join identifier_changes
        on
            members.identifier_type = identifier_changes.identifier_type
            and members.identifier = identifier_changes.identifier
            and identifier_changes.change_date
            between members.valid_from and members.valid_to
    where
        identifier_changes.change_date > {{ as_of_from() }}
        and identifier_changes.change_date <= {{ as_of_to() }}

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
