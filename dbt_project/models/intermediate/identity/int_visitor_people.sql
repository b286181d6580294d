with own as (

    select * from {{ ref('int_several_mailboxes') }}

),

mailbox_names as (

    select * from {{ ref('int_mailbox_names') }}

),

named as (

    select
        own.hub,
        own.spoke,
        mailbox_names.name_words,
        greatest(own.valid_from, mailbox_names.valid_from) as valid_from,
        least(own.valid_to, mailbox_names.valid_to) as valid_to
    from own
    inner join mailbox_names
        on
            own.mailbox = mailbox_names.mailbox
            and own.valid_from <= mailbox_names.valid_to
            and own.valid_to >= mailbox_names.valid_from

),

nameless as (

    {{ time_without('own', 'named') }}

),

links as (

    select
        hub,
        spoke,
        'visitor_emails' as limit_name,
        name_words,
        valid_from,
        valid_to
    from named

    union all

    select
        hub,
        spoke,
        'visitor_emails' as limit_name,
        [] as name_words,
        valid_from,
        valid_to
    from nameless

),

people as (

    {{ links_of_one_name('links') }}

)

select * from people
