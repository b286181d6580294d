with source as (

    select * from {{ source('raw', 'outlook') }}

),

renamed as (

    select
        lead_id,
        ruleset,
        qualifies_until

    from source

)

select * from renamed
