with records as (

    select
        *,
        coalesce(
            lead(is_gone) over (partition by lead_id order by valid_from), false
        ) as is_deleted_next
    from {{ ref('int_crm_lead_versions') }}

),

mailboxes as (

    select * from {{ ref('int_mailboxes') }}

),

versions as (

    select
        records.lead_id,
        mailboxes.mailbox,
        mailboxes.is_role,
        lower(concat_ws(' ', records.first_name, records.last_name)) as name,
        records.valid_from,
        records.valid_to,
        records.is_deleted_next
    from records
    inner join mailboxes
        on records.email = mailboxes.email
    where not records.is_gone

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

),

followed as (

    select
        *,
        coalesce(lag(valid_to) over same_hold = valid_from - 1, false) as continues,
        lead(valid_from) over same_hold as next_own_from
    from claims
    window same_hold as (partition by lead_id, mailbox order by valid_from)

),

begun as (

    select
        *,
        not continues and coalesce(
            valid_from > max(valid_to) over (
                partition by mailbox
                order by valid_from asc, continues desc, lead_id asc
                rows between unbounded preceding and 1 preceding
            ), true
        ) as begins_tenure
    from followed

),

tenured as (

    select
        *,
        count_if(begins_tenure) over (
            partition by mailbox
            order by valid_from asc, continues desc, lead_id asc
            rows unbounded preceding
        ) as tenure
    from begun

),

tenures as (

    select
        mailbox,
        tenure,
        max(valid_to) as tenure_to,
        lead(min(valid_from)) over (
            partition by mailbox order by tenure
        ) as next_tenure_from
    from tenured
    group by mailbox, tenure

),

with_tenure as (

    select
        tenured.lead_id,
        tenured.mailbox,
        tenured.is_role,
        tenured.name,
        tenured.valid_from,
        tenured.valid_to,
        tenured.is_deleted_next,
        tenured.next_own_from,
        tenures.tenure_to,
        tenures.next_tenure_from
    from tenured
    inner join tenures
        on
            tenured.mailbox = tenures.mailbox
            and tenured.tenure = tenures.tenure

)

select * from with_tenure
