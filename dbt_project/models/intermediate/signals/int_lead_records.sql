{{ config(materialized='view') }}

with stretches as (

    select * from {{ ref('int_lead_stretches') }}

),

members as (

    select * from {{ ref('int_lead_members') }}
    where identifier_type = 'crm'

),

versions as (

    select * from {{ ref('int_crm_lead_versions') }}
    where not is_gone

),

records as (

    select
        stretches.lead_id as person_id,
        stretches.valid_from as stretch_from,
        versions.*,
        row_number() over (
            partition by stretches.lead_id, stretches.valid_from
            order by versions.updated_at asc nulls first, versions.lead_id asc
        ) as newness
    from stretches
    inner join members
        on
            stretches.lead_id = members.lead_id
            and stretches.epoch_from = members.valid_from
    inner join versions
        on
            members.identifier = versions.lead_id
            and stretches.valid_from between versions.valid_from and versions.valid_to

)

-- The columns are those of int_crm_lead_versions and three more.
select * from records -- noqa: AM04
