with owners as (

    select * from {{ ref('int_crm_owner_versions') }}
    where {{ as_of_to() }} between valid_from and valid_to

),

published as (

    select
        owner_id,
        name,
        is_active
    from owners

)

select * from published
