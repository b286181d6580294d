with versions as (

    select * from {{ ref('int_lead_versions') }}

),

members as (

    select * from {{ ref('int_lead_members') }}

),

records as (

    select * from {{ ref('int_lead_records') }}

),

opt_outs as (

    select * from {{ ref('int_lead_opt_outs') }}

),

account_domains as (

    select * from {{ ref('int_account_domains') }}

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
        versions.lead_id,
        versions.valid_from,
        versions.valid_to,
        coalesce({{ newest('email') }}, min(emails_seen.first_email)) as email,
        {{ newest('first_name') }} as first_name,
        {{ newest('last_name') }} as last_name,
        {{ newest('job_title') }} as job_title,
        {{ newest('phone') }} as phone,
        {{ newest('company_name') }} as company_name,
        {{ newest('industry') }} as industry,
        {{ newest('employee_count') }} as employee_count,
        {{ newest('annual_revenue') }} as annual_revenue,
        {{ newest('account_id') }} as crm_account_id,
        {{ newest('country') }} as country,
        {{ newest('region') }} as region,
        {{ newest('city') }} as city,
        {{ newest('lead_source') }} as lead_source,
        {{ newest('partner_id') }} as partner_id,
        {{ newest('owner_id') }} as owner_id,
        {{ newest('status') }} as status,
        {{ newest('lifecycle_stage') }} as lifecycle_stage,
        coalesce(
            any_value(opt_outs.do_not_contact), bool_or(records.do_not_contact)
        ) as do_not_contact,
        list_reverse_sort(list(
            struct_pack(newness := records.newness, attributes := records.attributes)
        ) filter (where records.attributes != '{}')) as attributes,
        min(records.created_at) as created_at,
        min(records.converted_at) as converted_at,
        bool_and(records.delivered_date > versions.valid_from) is true
            as attributes_backdated
    from versions
    left join records
        on
            versions.lead_id = records.person_id
            and versions.valid_from = records.person_from
    left join emails_seen
        on
            versions.lead_id = emails_seen.lead_id
            and versions.members_from = emails_seen.valid_from
    left join opt_outs
        on
            versions.lead_id = opt_outs.lead_id
            and versions.valid_from = opt_outs.valid_from
    group by versions.lead_id, versions.valid_from, versions.valid_to

),

with_account as (

    select
        merged.*,
        split_part(merged.email, '@', 2) as email_domain,
        coalesce(merged.crm_account_id, account_domains.account_id) as account_id
    from merged
    left join account_domains
        on
            split_part(merged.email, '@', 2) = account_domains.domain
            and merged.valid_from
            between account_domains.valid_from and account_domains.valid_to

)

select * from with_account
