with records as (

    select * from {{ ref('int_record_emails') }}

),

mailboxes as (

    select * from {{ ref('int_mailboxes') }}

),

holds as (

    select
        records.lead_id,
        mailboxes.mailbox,
        mailboxes.is_role,
        records.valid_from,
        records.valid_to,
        {{ name_words('records') }} as name_words
    from records
    inner join mailboxes
        on records.email = mailboxes.email

),

held as (

    select
        lead_id,
        mailbox,
        is_role,
        min(valid_from) as valid_from,
        max(valid_to) as held_to,
        min_by(name_words, valid_from) as name_words
    from holds
    group by lead_id, mailbox, is_role

),

-- Who held a mailbox that was given up, and who asks for a taker.
timeline as (

    select
        mailbox,
        valid_from as day,
        valid_to as held_to,
        null as lead_id
    from holds

    union all

    select
        mailbox,
        held_to + 1 as day,
        null as held_to,
        lead_id
    from held
    where held_to < {{ forever() }}

),

followed as (

    select
        mailbox,
        lead_id,
        case
            when day <= max(held_to) over (
                partition by mailbox order by day range unbounded preceding
            ) then day - 1
            else min(day) filter (where held_to is not null) over (
                partition by mailbox
                order by day rows between 1 following and unbounded following
            ) - 1
        end as valid_to
    from timeline

),

record_mailboxes as (

    select
        held.lead_id,
        held.mailbox,
        held.is_role,
        held.valid_from,
        held.name_words,
        coalesce(followed.valid_to, {{ forever() }}) as valid_to
    from held
    left join followed
        on
            held.mailbox = followed.mailbox
            and held.lead_id = followed.lead_id

)

select * from record_mailboxes
