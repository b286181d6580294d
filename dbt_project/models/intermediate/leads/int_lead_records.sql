with versions as (

    select * from {{ ref('int_lead_versions') }}

),

members as (

    select * from {{ ref('int_lead_members') }}

),

record_versions as (

    select * from {{ ref('int_crm_lead_versions') }}

),

gone_accounts as (

    select * from {{ ref('int_crm_account_versions') }}
    where is_gone

),

records as (

    select
        versions.lead_id as person_id,
        versions.valid_from as person_from,
        record_versions.* replace (
            case
                when
                    gone_accounts.account_id is null
                    and {{ is_somebody('record_versions.account_id') }}
                    then record_versions.account_id
            end as account_id,
            {{ in_our_currency(
                'record_versions.annual_revenue', 'record_versions.currency'
            ) }} as annual_revenue
        ),
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
            and not record_versions.is_gone
            and versions.valid_from
            between record_versions.valid_from and record_versions.valid_to
    left join gone_accounts
        on
            record_versions.account_id = gone_accounts.account_id
            and versions.valid_from
            between gone_accounts.valid_from and gone_accounts.valid_to

)

-- The columns are those of int_crm_lead_versions, and the three named here.
select * from records -- noqa: AM04
