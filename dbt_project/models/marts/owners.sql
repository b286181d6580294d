with owners as (

    select * from {{ ref('int_crm_owners') }}

),

published as (

    select
        owner_id,
        name,
        is_active
    from owners

)

select * from published
