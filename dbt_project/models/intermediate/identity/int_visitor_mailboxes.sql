with web_events as (

    select * from {{ ref('stg_web__events') }}
    where email is not null

),

mailboxes as (

    select * from {{ ref('int_mailboxes') }}

),

record_mailboxes as (

    select * from {{ ref('int_record_mailboxes') }}

),

given as (

    select distinct
        web_events.visitor_id,
        mailboxes.mailbox,
        mailboxes.is_role,
        {{ company_date('web_events.occurred_at') }} as given_date
    from web_events
    inner join mailboxes
        on web_events.email = mailboxes.email

),

handovers as (

    select distinct
        mailbox,
        until + 1 as handover_date
    from record_mailboxes
    where until < {{ forever() }}

),

-- A mailbox that went to another record says no more who gave it before.
until_handover as (

    select
        given.visitor_id,
        given.mailbox,
        given.is_role,
        given.given_date,
        coalesce(min(handovers.handover_date) - 1, {{ forever() }}) as until
    from given
    left join handovers
        on
            given.mailbox = handovers.mailbox
            and given.given_date < handovers.handover_date
    group by given.visitor_id, given.mailbox, given.is_role, given.given_date

),

stretches as (

    select
        visitor_id,
        mailbox,
        is_role,
        until,
        min(given_date) as since,
        min(min(given_date)) filter (where not is_role) over (
            partition by visitor_id
        ) as own_since
    from until_handover
    group by visitor_id, mailbox, is_role, until

),

visitor_mailboxes as (

    select
        visitor_id,
        mailbox,
        is_role,
        since,
        -- A team's mailbox says who a visitor is until they give one of their own.
        case
            when is_role then least(until, coalesce(own_since - 1, until)) else until
        end as until
    from stretches

)

select * from visitor_mailboxes
where since <= until
