with record_emails as (

    select * from {{ ref('int_record_emails') }}

),

web_events as (

    select * from {{ ref('stg_web__events') }}

),

identity_caps as (

    select * from {{ ref('identity_caps') }}

),

visitor_emails as (

    select
        visitor_id,
        email,
        {{ company_date('min(occurred_at)') }} as since
    from web_events
    where email is not null
    group by visitor_id, email

),

links as (

    select
        'email_records' as link_type,
        'email:' || email as hub,
        'crm:' || lead_id as spoke,
        since,
        until
    from record_emails

    union all

    select
        'visitor_emails' as link_type,
        'visitor:' || visitor_id as hub,
        'email:' || email as spoke,
        since,
        {{ forever() }} as until
    from visitor_emails

),

numbered as (

    select
        links.*,
        identity_caps.max_links,
        identity_caps.reason as refusal,
        row_number() over (
            partition by links.link_type, links.hub order by links.since, links.spoke
        ) as link_number
    from links
    left join identity_caps
        on links.link_type = identity_caps.link_type

),

judged as (

    select
        link_type,
        hub,
        spoke,
        since,
        until,
        refusal,
        -- From the day on which a hub has too many links it joins nobody any more.
        min(since) filter (where link_number > max_links) over (
            partition by link_type, hub
        ) as refused_from
    from numbered

)

select * from judged
