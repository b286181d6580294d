with web_events as (

    select * from {{ ref('stg_web__events') }}
    where email is not null

),

mailboxes as (

    select * from {{ ref('int_mailboxes') }}

),

tenancies as (

    select * from {{ ref('int_mailbox_tenancies') }}

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
    where {{ is_somebody('web_events.visitor_id') }}

),

-- Who gives a mailbox before a record has it is taken for the first that does.
until_handover as (

    select
        given.visitor_id,
        given.mailbox,
        given.is_role,
        given.given_date,
        coalesce(
            max(tenancies.valid_to) filter (
                where tenancies.valid_from <= given.given_date
            ),
            min_by(tenancies.valid_to, tenancies.valid_from),
            {{ forever() }}
        ) as valid_to
    from given
    left join tenancies
        on
            given.mailbox = tenancies.mailbox
            and given.given_date <= tenancies.valid_to
    group by given.visitor_id, given.mailbox, given.is_role, given.given_date

),

given_from as (

    select
        visitor_id,
        mailbox,
        is_role,
        valid_to,
        min(given_date) as valid_from,
        min(min(given_date)) filter (where not is_role) over (
            partition by visitor_id
        ) as own_from
    from until_handover
    group by visitor_id, mailbox, is_role, valid_to

),

visitor_mailboxes as (

    select
        visitor_id,
        mailbox,
        is_role,
        valid_from,
        -- A team's mailbox says who a visitor is until they give one of their own.
        case
            when is_role
                then least(valid_to, coalesce(own_from - 1, valid_to))
            else valid_to
        end as valid_to
    from given_from

)

select * from visitor_mailboxes
where valid_from <= valid_to
