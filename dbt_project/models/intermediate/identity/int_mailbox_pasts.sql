with record_mailboxes as (

    select distinct
        mailbox,
        lead_id
    from {{ ref('int_record_mailboxes') }}
    where not is_shadowed

),

merge_groups as (

    select
        lead_id,
        group_id,
        valid_from,
        valid_to,
        -- Who is merged with nobody is one for themselves.
        case
            when lead(valid_from) over same_record = valid_to + 1
                then lead(group_id) over same_record
            else lead_id
        end as next_group_id
    from {{ ref('int_merge_groups') }}
    window same_record as (partition by lead_id order by valid_from)

),

separations as (

    select
        record_mailboxes.mailbox,
        merge_groups.valid_to + 1 as day
    from record_mailboxes
    inner join merge_groups
        on record_mailboxes.lead_id = merge_groups.lead_id
    where merge_groups.valid_to < {{ forever() }}
    group by
        record_mailboxes.mailbox, merge_groups.group_id,
        merge_groups.valid_from, merge_groups.valid_to
    having min(merge_groups.next_group_id) != max(merge_groups.next_group_id)

),

days as (

    select
        mailbox,
        day
    from separations

    union

    select
        mailbox,
        cast('1900-01-01' as date) as day
    from record_mailboxes

),

pasts as (

    select
        'mailbox:' || mailbox || ' ' || day as past,
        mailbox,
        day as valid_from,
        coalesce(
            lead(day) over (partition by mailbox order by day) - 1, {{ forever() }}
        ) as valid_to
    from days

)

select * from pasts
