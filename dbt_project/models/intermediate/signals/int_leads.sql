with stretches as (

    select * from {{ ref('int_lead_stretches') }}

),

members as (

    select * from {{ ref('int_lead_members') }}

),

records as (

    select * from {{ ref('int_lead_records') }}

),

accounts as (

    select * from {{ ref('int_crm_account_versions') }}

),

emails_seen as (

    select
        lead_id,
        valid_from,
        min(identifier) as first_email
    from members
    where identifier_type = 'email'
    group by lead_id, valid_from

),

merged as (

    select
        stretches.lead_id,
        stretches.valid_from,
        stretches.valid_to,
        coalesce({{ newest('email') }}, min(emails_seen.first_email)) as email,
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
        list_reverse_sort(list(
            struct_pack(newness := records.newness, attributes := records.attributes)
        ) filter (where records.attributes != '{}')) as attributes,
        min(records.created_at) as created_at,
        min(records.converted_at) as converted_at,
        bool_and(records.delivered_date > stretches.valid_from) is true
            as attributes_backdated
    from stretches
    left join records
        on
            stretches.lead_id = records.person_id
            and stretches.valid_from = records.stretch_from
    left join emails_seen
        on
            stretches.lead_id = emails_seen.lead_id
            and stretches.epoch_from = emails_seen.valid_from
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
