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
        merged_ids,

        ---------- text
        lower(trim(stage)) as stage,
        upper(trim(currency)) as currency,

        ---------- numbers
        amount,

        ---------- booleans
        is_won,
        is_closed,
        coalesce(is_deleted, false) as is_deleted,

        ---------- timestamps
        created_at,
        closed_at

    from source

)

select * from renamed
