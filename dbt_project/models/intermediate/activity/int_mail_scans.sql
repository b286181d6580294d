with email_events as (

    select * from {{ ref('stg_email__events') }}

),

thresholds as (

    select
        to_seconds(
            coalesce(max(value) filter (where name = 'mail_scanner_seconds'), 0)
        ) as scanner_window,
        max(value) filter (where name = 'mail_scanner_links') as scanner_links
    from {{ ref('thresholds') }}

),

deliveries as (

    select
        email,
        campaign_id,
        min(occurred_at) as delivered_at
    from email_events
    where event_type = 'delivered'
    group by email, campaign_id

),

reactions as (

    select
        email_events.batch_id,
        email_events.source_row,
        email_events.occurred_at - deliveries.delivered_at as delay,
        len(list_distinct(list(
            case when email_events.event_type = 'clicked' then email_events.url end
        ) over (
            partition by email_events.email, email_events.campaign_id
            order by email_events.occurred_at
            range between thresholds.scanner_window preceding
            and thresholds.scanner_window following
        ))) as links_at_once
    from email_events
    left join deliveries
        on
            email_events.email = deliveries.email
            and email_events.campaign_id = deliveries.campaign_id
    cross join thresholds
    where email_events.event_type in ('opened', 'clicked')

),

scans as (

    select
        reactions.batch_id,
        reactions.source_row,
        'mail_scanner' as reason
    from reactions
    cross join thresholds
    where
        thresholds.scanner_window > interval 0 seconds
        and reactions.delay
        between interval 0 seconds and thresholds.scanner_window
        or reactions.links_at_once >= thresholds.scanner_links

)

select * from scans
