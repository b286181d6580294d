with claims as (

    select * from {{ ref('int_mailbox_tenures') }}

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
    where
        valid_from <= valid_to
        and mailbox in (select deleted.mailbox from deleted)

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

)

select * from strangers
