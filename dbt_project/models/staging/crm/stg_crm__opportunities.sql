with source as (

    {{ accepted_rows('crm_opportunities') }}

),

renamed as (

    select
        ---------- lineage
        batch_id,
        source_row,
        extract_date,

        ---------- ids
        opportunity_id,
        lead_id,
        account_id,

        ---------- text
        lower(trim(stage)) as stage,

        ---------- numbers
        amount,

        ---------- booleans
        coalesce(is_won, false) as is_won,
        coalesce(is_deleted, false) as is_deleted,

        ---------- timestamps
        created_at,
        closed_at

    from source

)

select * from renamed
