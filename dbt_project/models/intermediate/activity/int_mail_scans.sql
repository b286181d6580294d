with email_events as (

    select
        *,
        coalesce(lead_id, email) as recipient
    from {{ ref('stg_email__events') }}

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
        recipient,
        campaign_id,
        occurred_at as delivered_at
    from email_events
    where event_type = 'delivered'

),

reactions as (

    select
        email_events.batch_id,
        email_events.source_row,
        email_events.recipient,
        email_events.campaign_id,
        email_events.event_type,
        email_events.occurred_at,
        len(list_distinct(list(
            case when email_events.event_type = 'clicked' then email_events.url end
        ) over (
            partition by email_events.recipient, email_events.campaign_id
            order by email_events.occurred_at
            range between thresholds.scanner_window preceding
            and thresholds.scanner_window following
        ))) as links_at_once
    from email_events
    cross join thresholds
    where email_events.event_type in ('opened', 'clicked')

),

-- A mail sent again is delivered again. Where a side does not say which mail it is,
-- all that the address got are held against it.
too_soon as (

    select distinct
        reactions.batch_id,
        reactions.source_row
    from reactions
    cross join thresholds
    inner join deliveries
        on
            reactions.recipient = deliveries.recipient
            and coalesce(reactions.campaign_id, deliveries.campaign_id, '')
            = coalesce(deliveries.campaign_id, reactions.campaign_id, '')
            and reactions.occurred_at between deliveries.delivered_at
            and deliveries.delivered_at + thresholds.scanner_window
    where thresholds.scanner_window > interval 0 seconds

),

scanned as (

    select reactions.*
    from reactions
    cross join thresholds
    left join too_soon
        on
            reactions.batch_id = too_soon.batch_id
            and reactions.source_row = too_soon.source_row
    where
        too_soon.batch_id is not null
        or reactions.links_at_once >= thresholds.scanner_links

),

-- Who follows all links of a mail also follows the one that ends the subscription.
subscriptions as (

    select distinct
        email_events.batch_id,
        email_events.source_row
    from email_events
    cross join thresholds
    inner join scanned
        on
            email_events.recipient = scanned.recipient
            and coalesce(email_events.campaign_id, scanned.campaign_id, '')
            = coalesce(scanned.campaign_id, email_events.campaign_id, '')
            and email_events.occurred_at
            between scanned.occurred_at - thresholds.scanner_window
            and scanned.occurred_at + thresholds.scanner_window
    where
        email_events.event_type in ('unsubscribed', 'resubscribed')
        and scanned.event_type = 'clicked'

),

scans as (

    select
        batch_id,
        source_row,
        'mail_scanner' as reason
    from scanned

    union all

    select
        batch_id,
        source_row,
        'mail_scanner' as reason
    from subscriptions

)

select * from scans
