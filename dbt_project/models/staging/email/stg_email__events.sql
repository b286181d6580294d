with source as (

    {{ accepted_rows('email_events') }}

),

renamed as (

    select
        ---------- lineage
        batch_id,
        source_row,

        ---------- ids
        event_id,
        lead_id,
        {{ normalized_email('email') }} as email,
        campaign_id,

        ---------- text
        lower(trim(event_type)) as event_type,
        url,
        lower(user_agent) as user_agent,

        ---------- timestamps
        occurred_at

    from source

)

select * from renamed
