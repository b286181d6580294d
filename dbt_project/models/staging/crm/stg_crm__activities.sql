with source as (

    {{ accepted_rows('crm_activities') }}

),

renamed as (

    select
        ---------- lineage
        batch_id,
        source_row,

        ---------- ids
        activity_id,
        lead_id,
        account_id,
        {{ normalized_email('email') }} as email,
        object_id,

        ---------- text
        lower(trim(activity_type)) as activity_type,
        lower(trim(direction)) as direction,
        lower(trim(outcome)) as outcome,
        trim(detail) as detail,

        ---------- timestamps
        occurred_at

    from source

)

select * from renamed
