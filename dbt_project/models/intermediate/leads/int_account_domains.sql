with accounts as (

    select * from {{ ref('int_crm_account_versions') }}
    where domain is not null and not is_gone

),

-- Who writes from a free or a disposable domain is not of the company that has it.
free_domains as (

    select * from {{ ref('email_domains') }}

),

companies as (

    select
        accounts.domain,
        accounts.account_id,
        accounts.valid_from,
        accounts.valid_to
    from accounts
    left join free_domains
        on accounts.domain = free_domains.domain
    where free_domains.domain is null

),

changes as (

    select
        domain,
        unnest([valid_from, valid_to + 1]) as change_date
    from companies
    where valid_to < {{ forever() }}

    union

    select
        domain,
        valid_from as change_date
    from companies

),

stretches as (

    select
        domain,
        change_date as valid_from,
        coalesce(
            lead(change_date) over (partition by domain order by change_date) - 1,
            {{ forever() }}
        ) as valid_to
    from changes

),

account_domains as (

    select
        stretches.domain,
        stretches.valid_from,
        stretches.valid_to,
        min(companies.account_id) as account_id
    from stretches
    inner join companies
        on
            stretches.domain = companies.domain
            and stretches.valid_from between companies.valid_from and companies.valid_to
    group by stretches.domain, stretches.valid_from, stretches.valid_to

)

select * from account_domains
