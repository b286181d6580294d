-- The same work as plain DuckDB SQL, without lineage, history, caps or tests. Views
-- delivered_leads and delivered_events read the files with types; `day` is the delivery's.

---------------------------------------------------------------- load
create table leads as
select * replace (trim(lead_id) as lead_id)
from delivered_leads
where lead_id is not null;

create table events as
select * replace (trim(visitor_id) as visitor_id)
from delivered_events
where visitor_id is not null and event_type is not null and occurred_at is not null;

create table bad_events as
from delivered_events
where visitor_id is null or event_type is null or occurred_at is null;

---------------------------------------------------------------- validate
create table checks as
select
    'leads' as what,
    count(*) as row_count,
    count(*) - count(distinct lead_id) as repeated,
    count_if(email is not null and not regexp_full_match(
        trim(email), '[^@\s]+@[^@\s]+\.[^@\s]+'
    )) as bad_email,
    count_if(first_name like '%@%' or last_name like '%@%') as bad_name,
    count_if(
        created_at < timestamp '2000-01-01'
        or created_at >= getvariable('day') + interval 2 day
        or updated_at >= getvariable('day') + interval 2 day
    ) as bad_time,
    0 as bad_value
from leads

union all

select
    'events' as what,
    count(*) as row_count,
    count(event_id) - count(distinct event_id) as repeated,
    count_if(email is not null and not regexp_full_match(
        trim(email), '[^@\s]+@[^@\s]+\.[^@\s]+'
    )) as bad_email,
    count_if(lower(trim(visitor_id)) in
        ('', '-', '0', 'null', 'none', 'nan', 'undefined', 'anonymous')) as bad_name,
    count_if(
        occurred_at < timestamp '2000-01-01'
        or occurred_at >= getvariable('day') + interval 2 day
    ) as bad_time,
    count_if(duration_seconds < 0) as bad_value
from events;

select case
    when repeated > 0.1 * row_count
        or bad_email + bad_name > 0.05 * row_count
        or bad_time + bad_value > 0.01 * row_count
        then error('refused: ' || what)
end
from checks;

---------------------------------------------------------------- aggregate
create table staged as
select
    event_id,
    visitor_id,
    session_id,
    lower(trim(email)) as email,
    lower(trim(event_type)) as event_type,
    coalesce(lower(trim(event_name)), '') as event_name,
    lower(regexp_extract(
        url || '?', '^(?:[a-zA-Z]+://[^/?#]*)?(/?[^?#]*?)/?[?#]', 1
    )) as url_path,
    coalesce(lower(utm_medium), '') as utm_medium,
    lower(user_agent) as user_agent,
    occurred_at
from events;

create temp macro spelled(t) as array_to_string(list_transform(
    regexp_extract_all(lower(t), '[*/.]|[\p{L}\p{M}\p{N}]+'),
    lambda word: if(word = '*', '%', ' ' || word || ' ')
), '');

create table kinds as
with distinct_kinds as (
    select distinct event_type, event_name, url_path, utm_medium from staged
),
pages as (
    select position, category, topic, unnest(string_split(pattern, '|')) as pattern
    from page_categories
),
wanted as (
    select * replace (unnest(string_split(coalesce(pattern, '*'), '|')) as pattern)
    from activities
),
categorized as (
    select kinds.*, pages.category, pages.topic
    from distinct_kinds as kinds
    left join pages
        on
            kinds.url_path != ''
            and spelled(rtrim(kinds.url_path, '/') || '/') like spelled(pages.pattern)
    qualify row_number() over (
        partition by event_type, event_name, url_path, utm_medium order by pages.position
    ) = 1
)
select
    kinds.* exclude (category, topic),
    activities.activity,
    coalesce(activities.topic, kinds.topic) as topic,
    activities.count_once_per,
    activities.is_engagement
from categorized as kinds
inner join wanted as activities
    on
        activities.source = 'web'
        and kinds.event_type = activities.event_type
        and (
            activities.field is null
            or spelled(case activities.field
                when 'event_name' then event_name
                when 'url' then url_path || '/'
                when 'page_category' then category
                when 'utm_medium' then utm_medium
            end) like spelled(activities.pattern)
        )
qualify row_number() over (
    partition by kinds.event_type, event_name, url_path, utm_medium
    order by activities.position
) = 1;

create table robots as
select distinct user_agent
from (select distinct user_agent from staged) as agents
inner join crawlers on user_agent like pattern;

create table busy as
select visitor_id, occurred_at::date as activity_date
from staged
where event_type in (select event_type from activities where source = 'web')
group by all
having count(*) > 1000;

create table repeated as
select event_id, min(rowid) as first_row
from staged
group by event_id
having count(*) > 1;

create table activity_days as
with counted_once as (
    select
        staged.*,
        activity,
        topic,
        count_once_per,
        is_engagement,
        case
            when count_once_per like 'object%' then coalesce(nullif(event_name, ''), url_path)
        end as object_id,
        occurred_at::date as activity_date
    from staged
    inner join kinds using (event_type, event_name, url_path, utm_medium)
    anti join repeated
        on staged.event_id = repeated.event_id and staged.rowid > repeated.first_row
)
select
    visitor_id,
    activity,
    topic,
    count_once_per,
    is_engagement,
    object_id,
    activity_date,
    case
        when robots.user_agent is not null or busy.visitor_id is not null then 'crawler'
    end as not_counted_reason,
    case when count_once_per = 'event' then count(*) else 1 end as event_count,
    min(occurred_at) as first_at,
    max(occurred_at) as last_at
from counted_once
left join robots using (user_agent)
left join busy using (visitor_id, activity_date)
group by 1, 2, 3, 4, 5, 6, 7, 8

union all by name

select
    visitor_id,
    'website_visited' as activity,
    'event' as count_once_per,
    true as is_engagement,
    activity_date,
    count(*) as event_count,
    min(started_at) as first_at,
    max(started_at) as last_at
from (
    select
        visitor_id,
        min(occurred_at) as started_at,
        started_at::date as activity_date,
        max(user_agent) as user_agent
    from staged
    where event_type in (select event_type from activities where source = 'web')
    group by visitor_id, coalesce(session_id, occurred_at::date::varchar)
) as visits
anti join busy using (visitor_id, activity_date)
where user_agent is null or user_agent not in (from robots)
group by visitor_id, activity_date;

---------------------------------------------------------------- resolve
create table links as
with addresses as (
    select distinct email from (
        select lower(trim(email)) as email from leads union all select email from staged
    ) where email like '%_@_%'
),
mailboxes as (
    select
        email,
        case
            when split_part(email, '@', 2) = 'gmail.com'
                then replace(split_part(split_part(email, '@', 1), '+', 1), '.', '')
            else split_part(split_part(email, '@', 1), '+', 1)
        end || '@' || split_part(email, '@', 2) as mailbox
    from addresses
)
select distinct 'mailbox:' || mailbox as one, 'crm:' || lead_id as other
from leads inner join mailboxes on lower(trim(leads.email)) = mailboxes.email
union all
select distinct 'mailbox:' || mailbox as one, 'visitor:' || visitor_id as other
from staged inner join mailboxes using (email);

create table edges as
select one as node, other as neighbour from links
union all
select other as node, one as neighbour from links;
