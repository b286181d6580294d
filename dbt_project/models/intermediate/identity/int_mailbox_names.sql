with record_mailboxes as (

    select * from {{ ref('int_record_mailboxes') }}
    where not is_shadowed

),

given as (

    select * from {{ ref('int_several_mailboxes') }}

),

refusals as (

    select * from {{ ref('int_mailbox_refusals') }}

),

address_names as (

    select * from {{ ref('int_address_names') }}

),

-- The name of a mailbox is asked for if one visitor gave others; a team's has none.
asked as (

    select distinct mailbox
    from given
    where not is_role

),

links as (

    select
        record_mailboxes.mailbox,
        record_mailboxes.name,
        record_mailboxes.valid_from,
        record_mailboxes.valid_to
    from record_mailboxes
    inner join asked
        on record_mailboxes.mailbox = asked.mailbox
    where
        not exists (
            select 1 from refusals
            where
                'mailbox:' || record_mailboxes.mailbox = refusals.node
                and refusals.valid_from <= record_mailboxes.valid_from
                and refusals.valid_to >= record_mailboxes.valid_to
        )

),

named as (

    {{ with_name_words('links') }}

),

changes as (

    select
        mailbox,
        unnest([valid_from, valid_to + 1]) as day
    from named
    where len(name_words) > 0

    union

    select
        mailbox,
        cast('1900-01-01' as date) as day
    from asked

),

stretches as (

    select
        mailbox,
        day as valid_from,
        coalesce(
            lead(day) over (partition by mailbox order by day) - 1, {{ forever() }}
        ) as valid_to
    from changes

),

-- Records of one mailbox are one person's: each of their names is the mailbox's.
record_names as (

    select
        stretches.mailbox,
        stretches.valid_from,
        stretches.valid_to,
        list_sort(list_distinct(flatten(list(named.name_words) filter (
            where len(named.name_words) > 0
        )))) as name_words
    from stretches
    left join named
        on
            stretches.mailbox = named.mailbox
            and stretches.valid_from between named.valid_from and named.valid_to
    group by stretches.mailbox, stretches.valid_from, stretches.valid_to

),

mailbox_names as (

    select
        record_names.mailbox,
        record_names.valid_from,
        record_names.valid_to,
        case
            when list_has_any(record_names.name_words, address_names.name_words)
                then list_sort(list_distinct(list_concat(
                    record_names.name_words, address_names.name_words
                )))
            else coalesce(record_names.name_words, address_names.name_words)
        end as name_words
    from record_names
    left join address_names
        on record_names.mailbox = address_names.mailbox

)

select * from mailbox_names
where name_words is not null
