with stretches as (

    select * from {{ ref('int_lead_stretches') }}

),

members as (

    select * from {{ ref('int_lead_members') }}

),

records as (

    select * from {{ ref('int_crm_lead_versions') }}

),

accounts as (

    select * from {{ ref('int_crm_account_versions') }}

),

merged as (

    select
        stretches.lead_id,
        stretches.valid_from,
        stretches.valid_to,
        coalesce(
            {{ newest('email') }},
            min(members.identifier) filter (where members.identifier_type = 'email')
        ) as email,
        {{ newest('first_name') }} as first_name,
        {{ newest('last_name') }} as last_name,
        {{ newest('job_title') }} as job_title,
        {{ newest('phone') }} as phone,
        {{ newest('company_name') }} as company_name,
        {{ newest('account_id') }} as crm_account_id,
        {{ newest('country') }} as country,
        {{ newest('region') }} as region,
        {{ newest('lead_source') }} as lead_source,
        {{ newest('partner_id') }} as partner_id,
        {{ newest('owner_id') }} as owner_id,
        {{ newest('status') }} as status,
        {{ newest('do_not_contact') }} as do_not_contact,
        min(records.created_at) as created_at,
        min(records.converted_at) as converted_at,
        coalesce(
            bool_and(records.delivered_date > stretches.valid_from), false
        ) as attributes_backdated
    from stretches
    inner join members
        on
            stretches.lead_id = members.lead_id
            and stretches.epoch_from = members.valid_from
    left join records
        on
            members.identifier_type = 'crm'
            and members.identifier = records.lead_id
            and stretches.valid_from between records.valid_from and records.valid_to
            and not records.is_gone
    group by stretches.lead_id, stretches.valid_from, stretches.valid_to

),

accounts_by_domain as (

    select
        domain,
        min(account_id) as account_id
    from accounts
    where domain is not null and not is_gone
    group by domain

),

with_account as (

    select
        merged.*,
        split_part(merged.email, '@', 2) as email_domain,
        coalesce(merged.crm_account_id, accounts_by_domain.account_id) as account_id
    from merged
    left join accounts_by_domain
        on split_part(merged.email, '@', 2) = accounts_by_domain.domain

)

select * from with_account
