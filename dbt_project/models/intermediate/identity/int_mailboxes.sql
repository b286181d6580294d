with addresses as (

    select
        *,
        split_part(email, '@', -1) as domain,
        regexp_replace(email, '@[^@]*$', '') as local_part
    from {{ ref('int_email_addresses') }}

),

mail_providers as (

    select * from {{ ref('mail_providers') }}

),

role_mailboxes as (

    select * from {{ ref('role_mailboxes') }}

),

parts as (

    select
        addresses.email,
        addresses.valid_from,
        coalesce(mail_providers.mailbox_domain, addresses.domain) as mailbox_domain,
        replace(
            case
                when mail_providers.plus_tags and strpos(addresses.local_part, '+') > 1
                    then split_part(addresses.local_part, '+', 1)
                else addresses.local_part
            end,
            case when mail_providers.ignores_dots then '.' else '' end,
            ''
        ) as local_part
    from addresses
    left join mail_providers
        on mail_providers.domain = case
            when addresses.domain in (select known.domain from mail_providers as known)
                then addresses.domain
            else '*'
        end

),

mailboxes as (

    select
        parts.email,
        parts.valid_from,
        parts.local_part || '@' || parts.mailbox_domain as mailbox,
        role_mailboxes.local_part is not null as is_role
    from parts
    left join role_mailboxes
        on parts.local_part = role_mailboxes.local_part

)

select * from mailboxes
