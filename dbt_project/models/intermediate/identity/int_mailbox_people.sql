with record_mailboxes as (

    select * from {{ ref('int_record_mailboxes') }}

),

pasts as (

    select * from {{ ref('int_mailbox_pasts') }}

),

mailbox_merges as (

    select * from {{ ref('int_mailbox_merges') }}

),

-- A deleted record says nothing beside a living one.
links as (

    select
        pasts.past as hub,
        record_mailboxes.lead_id as spoke,
        case
            when record_mailboxes.is_role then 'role_email_records'
            else 'email_records'
        end as limit_name,
        record_mailboxes.name,
        record_mailboxes.valid_from,
        record_mailboxes.valid_to
    from record_mailboxes
    inner join pasts
        on record_mailboxes.mailbox = pasts.mailbox
    where not record_mailboxes.is_shadowed
    window same_hub as (partition by pasts.past)
    qualify
        min(record_mailboxes.lead_id) over same_hub
        != max(record_mailboxes.lead_id) over same_hub

),

named as (

    {{ with_name_words('links') }}

),

in_groups as (

    select
        named.hub,
        named.spoke,
        mailbox_merges.group_id,
        -- Who of a group stands for it: one whose name is known, and first the one
        -- that the CRM merged the others into.
        row(
            len(named.name_words) = 0,
            mailbox_merges.is_merged,
            named.name_words,
            named.spoke
        ) as place,
        greatest(named.valid_from, mailbox_merges.valid_from) as valid_from,
        least(named.valid_to, mailbox_merges.valid_to) as valid_to
    from named
    inner join mailbox_merges
        on
            named.hub = mailbox_merges.past
            and named.spoke = mailbox_merges.lead_id
            and named.valid_from <= mailbox_merges.valid_to
            and named.valid_to >= mailbox_merges.valid_from

),

-- Records that the CRM merged count as one while both have the mailbox.
merged as (

    select
        in_groups.hub,
        in_groups.spoke,
        greatest(in_groups.valid_from, others.valid_from) as valid_from,
        least(in_groups.valid_to, others.valid_to) as valid_to
    from in_groups
    inner join in_groups as others
        on
            in_groups.hub = others.hub
            and in_groups.group_id = others.group_id
            and in_groups.place > others.place
            and in_groups.spoke != others.spoke
            and in_groups.valid_from <= others.valid_to
            and in_groups.valid_to >= others.valid_from

),

counted as (

    {{ time_without('named', 'merged') }}

),

people as (

    {{ links_of_one_name('counted') }}

)

select * from people
