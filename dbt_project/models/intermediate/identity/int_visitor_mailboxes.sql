with web_events as (

    select * from {{ ref('stg_web__events') }}
    where email is not null

),

mailboxes as (

    select * from {{ ref('int_mailboxes') }}

),

pasts as (

    select * from {{ ref('int_mailbox_pasts') }}

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

given_from as (

    select
        *,
        min(given_date) filter (where not is_role) over (
            partition by visitor_id
        ) as own_from
    from given

),

-- Who gives a mailbox before a record has it is taken for the first that does. A day
-- sees the past that it has.
until_handover as (

    select
        given_from.visitor_id,
        given_from.mailbox,
        given_from.is_role,
        given_from.own_from,
        greatest(
            given_from.given_date, coalesce(pasts.valid_from, given_from.given_date)
        ) as valid_from,
        least(
            coalesce(pasts.valid_to, {{ forever() }}),
            coalesce(
                max(tenancies.valid_to) filter (
                    where tenancies.valid_from <= given_from.given_date
                ),
                first(
                    tenancies.valid_to
                    order by tenancies.valid_from asc, tenancies.valid_to desc
                ),
                {{ forever() }}
            )
        ) as valid_to
    from given_from
    left join pasts
        on given_from.mailbox = pasts.mailbox
    left join tenancies
        on
            pasts.past = tenancies.past
            and given_from.given_date <= tenancies.valid_to
    group by
        given_from.visitor_id, given_from.mailbox, given_from.is_role,
        given_from.own_from, given_from.given_date, pasts.valid_from, pasts.valid_to

),

-- A team's mailbox says who a visitor is until they give one of their own.
owned as (

    select
        * replace (
            if(is_role, least(valid_to, coalesce(own_from - 1, valid_to)), valid_to)
                as valid_to
        )
    from until_handover

),

changes as (

    select
        visitor_id,
        mailbox,
        is_role,
        0 as max_links,
        unnest([valid_from, valid_to + 1]) as day,
        unnest([1, -1]) as change
    from owned
    where valid_from <= valid_to

),

visitor_mailboxes as (

    {{ above_limit('changes', ['visitor_id', 'mailbox', 'is_role']) }}

)

select * from visitor_mailboxes
