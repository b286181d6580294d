with source as (

    {{ accepted_rows('web_events') }}

),

renamed as (

    select
        ---------- lineage
        batch_id,
        source_row,

        ---------- ids
        event_id,
        visitor_id,
        session_id,
        lead_id,
        {{ normalized_email('email') }} as email,

        ---------- text
        lower(trim(event_type)) as event_type,
        -- "DemoRequest" is two words.
        lower(trim(
            regexp_replace(event_name, '(\p{Ll})(\p{Lu})', '\1_\2', 'g')
        )) as event_name,
        {{ url_host('url') }} as url_host,
        {{ url_path('url') }} as url_path,
        lower(utm_medium) as utm_medium,
        lower(user_agent) as user_agent,

        ---------- numbers
        duration_seconds,

        ---------- timestamps
        occurred_at

    from source

)

select * from renamed
