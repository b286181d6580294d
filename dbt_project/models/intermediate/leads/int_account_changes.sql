with accounts as (

    select * from {{ ref('int_crm_account_versions') }}

),

account_domains as (

    select * from {{ ref('int_account_domains') }}

),

-- The days on which a domain becomes another account's, or an account goes or returns.
account_changes as (

    select
        domain as account_key,
        unnest([valid_from, valid_to + 1]) as change_date
    from account_domains

    union

    select
        account_id as account_key,
        unnest([valid_from, valid_to + 1]) as change_date
    from accounts
    where is_gone

)

select * from account_changes
