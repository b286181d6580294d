{{ config(materialized='view') }}

with identities as (

    select * from {{ ref('lead_identities') }}
    where identifier_type in ('crm', 'email')

),

-- A lead without a record is named by the hash of its address.
former_ids as (

    select
        lead_id,
        if(
            identifier_type = 'crm', identifier, 'e_' || substr(identifier, 3)
        ) as former_id,
        since,
        coalesce(until, {{ forever() }}) as until
    from identities

)

select * from former_ids
