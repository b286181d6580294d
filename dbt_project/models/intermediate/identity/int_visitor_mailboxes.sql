with web_events as (

    select * from {{ ref('stg_web__events') }}

),

mailboxes as (

    select * from {{ ref('int_mailboxes') }}

),

record_mailboxes as (

    select * from {{ ref('int_record_mailboxes') }}

),

given as (

    select
        visitor_id,
        email,
        {{ company_date('min(occurred_at)') }} as since
    from web_events
    where email is not null
    group by visitor_id, email

),

by_mailbox as (

    select
        given.visitor_id,
        mailboxes.mailbox,
        mailboxes.is_role,
        min(given.since) as since
    from given
    inner join mailboxes
        on given.email = mailboxes.email
    group by given.visitor_id, mailboxes.mailbox, mailboxes.is_role

),

-- A mailbox has the name of the first record that had it; a team's has none.
names as (

    select
        mailbox,
        min(since) as since,
        min_by(name_words, row(since, lead_id)) as name_words
    from record_mailboxes
    where not is_role
    group by mailbox

),

visitor_mailboxes as (

    select
        by_mailbox.visitor_id,
        by_mailbox.mailbox,
        by_mailbox.is_role,
        by_mailbox.since,
        greatest(by_mailbox.since, names.since) as named_since,
        names.name_words
    from by_mailbox
    left join names
        on by_mailbox.mailbox = names.mailbox

)

select * from visitor_mailboxes
