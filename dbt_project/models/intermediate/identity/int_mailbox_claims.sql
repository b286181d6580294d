with records as (

    select
        *,
        is_gone or coalesce(lead(is_gone) over same_record, false) as is_deleted_next,
        lag(is_gone) over same_record is null as is_first
    from {{ ref('int_record_emails') }}
    window same_record as (partition by lead_id, email order by valid_from)

),

mailboxes as (

    select * from {{ ref('int_mailboxes') }}

),

-- A record that is deleted when it first comes claims the mailbox for no day.
versions as (

    select
        records.lead_id,
        mailboxes.mailbox,
        mailboxes.is_role,
        lower(concat_ws(' ', records.first_name, records.last_name)) as name,
        records.valid_from,
        if(records.is_gone, records.valid_from - 1, records.valid_to) as valid_to,
        records.is_deleted_next
    from records
    inner join mailboxes
        on records.email = mailboxes.email
    where not records.is_gone or records.is_first

),

preceded as (

    select
        *,
        lag(valid_to) over (
            partition by lead_id, mailbox, name order by valid_from
        ) as previous_to
    from versions

),

numbered as (

    select
        *,
        count_if(previous_to is null or previous_to != valid_from - 1) over (
            partition by lead_id, mailbox, name
            order by valid_from rows unbounded preceding
        ) as turn
    from preceded

),

-- Versions of one name that follow one another are one claim.
claims as (

    select
        lead_id,
        mailbox,
        is_role,
        name,
        min(valid_from) as valid_from,
        max(valid_to) as valid_to,
        max_by(is_deleted_next, valid_to) as is_deleted_next
    from numbered
    group by lead_id, mailbox, is_role, name, turn

)

select * from claims
