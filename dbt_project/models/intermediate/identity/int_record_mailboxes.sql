with claims as (

    select * from {{ ref('int_mailbox_claims') }}

),

-- Deleted while others claim the mailbox.
deleted as (

    select
        lead_id,
        mailbox,
        name,
        valid_to
    from claims
    where is_deleted_next and valid_to < tenure_to

),

named_deleted as (

    {{ with_name_words('deleted') }}

),

living as (

    select
        lead_id,
        mailbox,
        name,
        valid_from,
        valid_to
    from claims
    where mailbox in (select deleted.mailbox from deleted)

),

named_living as (

    {{ with_name_words('living') }}

),

strangers as (

    select
        named_deleted.lead_id,
        named_deleted.mailbox,
        named_deleted.valid_to,
        min(greatest(named_living.valid_from, named_deleted.valid_to + 1))
            as stranger_from
    from named_deleted
    inner join named_living
        on
            named_deleted.mailbox = named_living.mailbox
            and named_deleted.valid_to < named_living.valid_to
    where
        len(named_deleted.name_words) > 0
        and len(named_living.name_words) > 0
        and {{ names_differ('named_deleted.name_words', 'named_living.name_words') }}
        > 0
    group by named_deleted.lead_id, named_deleted.mailbox, named_deleted.valid_to

),

-- Who gave a mailbox up keeps it until another has it. A deleted record keeps it beside
-- living ones but of another name: it tells whose its events are, and nothing more.
kept as (

    select
        claims.lead_id,
        claims.mailbox,
        claims.is_role,
        claims.name,
        claims.tenure_to,
        claims.valid_to + 1 as kept_from,
        least(
            coalesce(claims.next_own_from - 1, {{ forever() }}),
            coalesce(claims.next_tenure_from - 1, {{ forever() }}),
            case
                when claims.is_deleted_next or claims.valid_to = claims.tenure_to
                    then coalesce(strangers.stranger_from - 1, {{ forever() }})
                else claims.valid_to
            end
        ) as kept_to
    from claims
    left join strangers
        on
            claims.lead_id = strangers.lead_id
            and claims.mailbox = strangers.mailbox
            and claims.valid_to = strangers.valid_to
    where claims.valid_to < {{ forever() }}

),

held as (

    select
        lead_id,
        mailbox,
        is_role,
        name,
        false as is_shadowed,
        valid_from,
        valid_to
    from claims

    union all

    select
        lead_id,
        mailbox,
        is_role,
        name,
        true as is_shadowed,
        kept_from as valid_from,
        least(kept_to, tenure_to) as valid_to
    from kept

    union all

    select
        lead_id,
        mailbox,
        is_role,
        name,
        false as is_shadowed,
        greatest(kept_from, tenure_to + 1) as valid_from,
        kept_to as valid_to
    from kept

)

select * from held
where valid_from <= valid_to
