-- What people did, as the activity models leave it: `rows` identifier-activity-days. The
-- shares of the kinds are about those of the sample company.

create table benchmark.kinds as
select *, row_number() over () as number
from (values
    ('email', 'email_sent', null, 'event', false, 1500),
    ('email', 'email_delivered', null, 'event', false, 1480),
    ('email', 'email_opened', null, 'object', true, 900),
    ('email', 'email_clicked', null, 'object', true, 130),
    ('email', 'email_clicked', 'pricing', 'object', true, 40),
    ('email', 'email_auto_replied', null, 'event', false, 30),
    ('email', 'email_bounced_soft', null, 'event', false, 20),
    ('email', 'email_bounced_hard', null, 'event', false, 10),
    ('email', 'email_unsubscribed', null, 'day', false, 8),
    ('email', 'email_replied', null, 'event', true, 4),
    ('email', 'email_complained', null, 'event', false, 1),
    ('visitor', 'website_visited', null, 'event', true, 1700),
    ('visitor', 'content_page_viewed', null, 'object_day', true, 900),
    ('visitor', 'content_page_viewed', 'customer stories', 'object_day', true, 400),
    ('visitor', 'content_page_viewed', 'data', 'object_day', true, 400),
    ('visitor', 'content_page_viewed', 'crm', 'object_day', true, 300),
    ('visitor', 'key_page_viewed', 'features', 'object_day', true, 330),
    ('visitor', 'key_page_viewed', 'lead routing', 'object_day', true, 80),
    ('visitor', 'page_viewed', null, 'object_day', true, 700),
    ('visitor', 'docs_page_viewed', 'api', 'object_day', true, 250),
    ('visitor', 'login_page_viewed', null, 'day', false, 110),
    ('visitor', 'pricing_page_viewed', 'pricing', 'object_day', true, 150),
    ('visitor', 'content_form_submitted', null, 'object_day', true, 90),
    ('visitor', 'newsletter_subscribed', null, 'day', true, 50),
    ('visitor', 'file_downloaded', null, 'object_day', true, 50),
    ('visitor', 'site_searched', null, 'day', true, 45),
    ('visitor', 'ad_clicked', null, 'day', true, 60),
    ('visitor', 'trial_started', null, 'day', true, 9),
    ('visitor', 'signed_up', null, 'day', true, 9),
    ('visitor', 'form_failed', null, 'event', true, 8),
    ('visitor', 'careers_page_viewed', null, 'day', false, 6),
    ('visitor', 'demo_requested', 'demo', 'day', true, 8),
    ('visitor', 'contact_sales_requested', 'contact', 'day', true, 3),
    ('visitor', 'pricing_requested', 'pricing', 'day', true, 2),
    ('crm', 'call_no_answer', null, 'event', false, 80),
    ('crm', 'call_connected', null, 'event', true, 35),
    ('crm', 'meeting_booked', null, 'event', true, 10),
    ('crm', 'meeting_attended', null, 'event', true, 8),
    ('crm', 'meeting_no_show', null, 'event', false, 2),
    ('crm', 'webinar_registered', null, 'object', true, 25),
    ('crm', 'webinar_attended', null, 'object', true, 12),
    ('crm', 'webinar_no_show', null, 'object', false, 13),
    ('crm', 'booth_visited', null, 'object', true, 20),
    ('crm', 'social_followed', null, 'day', true, 6),
    ('crm', 'recycled', null, 'day', false, 6)
) as kinds (identifier_type, activity, topic, count_once_per, is_engagement, share);

create or replace table intermediate.int_activity_days as
with cumulated as (
    select
        *,
        sum(share) over (partition by identifier_type order by number) as upto,
        sum(share) over (partition by identifier_type) as total
    from benchmark.kinds
),
done as (
    select
        *,
        cast(floor(getvariable('rows') * 1.04 * activity / sum(activity) over ()) as bigint)
        + cast(draw(i, 90) < getvariable('rows') * 1.04 * activity / sum(activity) over () % 1 as int)
            as how_many
    from benchmark.people
),
each as (
    select *, i * 100000 + unnest(range(how_many)) as j from done
),
named as (
    select
        *,
        case
            when draw(j, 91) < 0.025 and has_record then 'crm'
            when draw(j, 91) < 0.7 and visitor_id is not null then 'visitor'
            else 'email'
        end as identifier_type,
        created_on
        + cast(floor((getvariable('day') - created_on + 1) * sqrt(draw(j, 92))) as integer)
            as activity_date
    from each
),
told as (
    select
        named.identifier_type,
        case named.identifier_type
            when 'crm' then named.lead_id
            when 'email' then named.email
            else named.visitor_id
        end as identifier,
        kinds.activity,
        kinds.topic,
        kinds.count_once_per,
        kinds.is_engagement,
        case
            when kinds.count_once_per = 'object'
                then 'campaign ' || (named.activity_date - date '2000-01-01') // 10
            when kinds.count_once_per = 'object_day'
                then '/page/' || cast(floor(40 * draw(j, 94)) as integer)
        end as object_id,
        named.activity_date,
        case when draw(j, 95) < 0.04 then 'crawler' end as not_counted_reason,
        case
            when kinds.count_once_per = 'event' then 1 + cast(draw(j, 96) < 0.1 as int)
            else 1
        end as event_count,
        named.activity_date + to_seconds(cast(floor(80000 * draw(j, 97)) as bigint))
            as occurred_at
    from named
    inner join cumulated as kinds
        on
            named.identifier_type = kinds.identifier_type
            and draw(j, 93) * kinds.total >= kinds.upto - kinds.share
            and draw(j, 93) * kinds.total < kinds.upto
)
select
    identifier_type, identifier, activity, topic, count_once_per, is_engagement,
    object_id, activity_date, not_counted_reason,
    cast(any_value(event_count) as bigint) as event_count,
    cast(min(occurred_at) as timestamp) as first_at,
    cast(max(occurred_at) as timestamp) as last_at
from told
group by all;
