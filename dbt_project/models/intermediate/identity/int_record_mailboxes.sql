with claims as (

    select * from {{ ref('int_mailbox_tenures') }}

),

strangers as (

    select * from {{ ref('int_mailbox_strangers') }}

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
