with mates as (

    select * from {{ ref('company_mates') }}

),

owners as (

    select * from {{ ref('int_crm_owner_versions') }}

),

-- Whoever has most of its leads in the CRM, and still works here.
in_crm as (

    select
        mates.account_id,
        mates.since,
        mates.owner_id
    from mates
    left join owners
        on
            mates.owner_id = owners.owner_id
            and mates.since between owners.valid_from and owners.valid_to
    where
        mates.owner_id is not null
        and coalesce(owners.is_active, true)
    group by mates.account_id, mates.since, mates.owner_id
    qualify
        row_number() over (
            partition by mates.account_id, mates.since
            order by count(*) desc, mates.owner_id asc
        ) = 1

)

select * from in_crm
