with versions as (

    select * from {{ ref('int_lead_versions') }}

),

members as (

    select * from {{ ref('int_lead_members') }}

),

record_versions as (

    select * from {{ ref('int_crm_lead_versions') }}
    where not is_gone

),

accounts as (

    select * from {{ ref('int_crm_account_versions') }}

),

records as (

    select
        versions.lead_id as person_id,
        versions.valid_from as person_from,
        record_versions.*,
        -- Place among the person's records: the newest has the greatest.
        row_number() over (
            partition by versions.lead_id, versions.valid_from
            order by
                record_versions.updated_at asc nulls first, record_versions.lead_id asc
        ) as newness
    from versions
    inner join members
        on
            versions.lead_id = members.lead_id
            and versions.members_from = members.valid_from
            and members.identifier_type = 'crm'
    inner join record_versions
        on
            members.identifier = record_versions.lead_id
            and versions.valid_from
            between record_versions.valid_from and record_versions.valid_to

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
        {{ newest('account_id') }} as crm_account_id,
        {{ newest('country') }} as country,
        {{ newest('region') }} as region,
        {{ newest('lead_source') }} as lead_source,
        {{ newest('partner_id') }} as partner_id,
        {{ newest('owner_id') }} as owner_id,
        {{ newest('status') }} as status,
        {{ newest('lifecycle_stage') }} as lifecycle_stage,
        {{ newest('do_not_contact') }} as do_not_contact,
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
    group by versions.lead_id, versions.valid_from, versions.valid_to

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
