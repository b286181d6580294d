with versions as (

    select * from {{ ref('int_lead_versions') }}

),

members as (

    select * from {{ ref('int_lead_members') }}

),

record_versions as (

    select * from {{ ref('int_crm_lead_versions') }}

),

-- An opt-out outlives its record: who deletes a duplicate does not take it back.
opt_outs as (

    select distinct
        versions.lead_id,
        versions.valid_from,
        true as do_not_contact
    from record_versions
    inner join members
        on
            record_versions.lead_id = members.identifier
            and members.identifier_type = 'crm'
    inner join versions
        on
            members.lead_id = versions.lead_id
            and members.valid_from = versions.members_from
            and versions.valid_from
            between record_versions.valid_from and record_versions.valid_to
    where record_versions.do_not_contact

)

select * from opt_outs
