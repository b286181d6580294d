with staged as (

    select
        *,
        cast(null as timestamp) as updated_at
    from {{ ref('stg_crm__owners') }}
    where {{ is_somebody('owner_id') }}

),

{{ deliveries_and_gaps('staged', 'crm_owners', 'owner_id') }},

-- Leads of somebody who left still name them.
owners as (

    select
        owner_id,
        max_by(name, from_date) as name,
        max_by(row(if(is_gone, false, is_active)), from_date)[1] as is_active
    from deliveries_and_gaps
    group by owner_id

)

select * from owners
