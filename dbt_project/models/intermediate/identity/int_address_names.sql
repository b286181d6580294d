with given as (

    select * from {{ ref('int_several_mailboxes') }}

),

email_domains as (

    select * from {{ ref('email_domains') }}

),

-- Asked for are the names of mailboxes that one visitor gave beside others.
asked as (

    select distinct mailbox
    from given
    where not is_role -- a team's has no name

),

-- A company gives its people's names to their addresses: anna.berger@firm.example.
addresses as (

    select
        asked.mailbox,
        split_part(asked.mailbox, '@', 1) as name
    from asked
    left join email_domains
        on split_part(asked.mailbox, '@', 2) = email_domains.domain
    where email_domains.domain is null

),

named_addresses as (

    {{ with_name_words('addresses') }}

)

-- One word may be anything.
select
    mailbox,
    name_words
from named_addresses
where len(name_words) > 1
