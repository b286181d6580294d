with leads as (

    select * from {{ ref('int_leads') }}

),

email_domains as (

    select * from {{ ref('email_domains') }}

),

role_mailboxes as (

    select * from {{ ref('role_mailboxes') }}

),

relationship_domains as (

    select * from {{ ref('relationship_domains') }}

),

emails as (

    select distinct
        email,
        email_domain
    from leads
    where email is not null

),

classified as (

    select
        emails.email,
        case
            when email_domains.domain_type is not null then email_domains.domain_type
            when role_mailboxes.local_part is not null then 'role'
            else 'business'
        end as email_domain_type,
        case relationship_domains.relationship
            when 'own' then 'employee'
            else relationship_domains.relationship
        end as domain_relationship
    from emails
    left join email_domains
        on emails.email_domain = email_domains.domain
    left join role_mailboxes
        on split_part(emails.email, '@', 1) = role_mailboxes.local_part
    left join relationship_domains
        on emails.email_domain = relationship_domains.domain

)

select * from classified
