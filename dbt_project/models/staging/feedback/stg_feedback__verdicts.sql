with source as (

    {{ accepted_rows('feedback') }}

),

renamed as (

    select
        ---------- lineage
        batch_id,
        source_row,

        ---------- ids
        feedback_id,
        lead_id,
        {{ normalized_email('email') }} as email,

        ---------- text
        lower(trim(verdict)) as verdict,
        nullif(trim(given_by), '') as given_by,
        nullif(trim(note), '') as note,

        ---------- timestamps
        given_at

    from source

)

select * from renamed
