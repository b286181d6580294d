-- One delivery: delivered_leads and delivered_events, as views to be written to files.
-- Variables: leads, events, day (of the delivery). The rates below are assumptions about a
-- large B2B company's data, not measured at one.

create or replace temp macro dice(i, salt) as (hash(i, salt) % 1000000) / 1000000.0;
create or replace temp macro pick(i, salt, list) as
    list[1 + (hash(i, salt) % len(list))::integer];
-- Person n has a CRM record if n < leads; others only gave the site an address.
create or replace temp macro email_of(n) as
    pick(n, 'first', ['ann', 'bob', 'carla', 'dev', 'emma', 'farid', 'grace', 'hugo'])
    || '.' || pick(n, 'last', ['alban', 'berger', 'carlson', 'dunn', 'ferrer', 'okafor'])
    || n || '@' || case
        when dice(n, 'provider') < 0.25
            then pick(n, 'which', ['gmail.com', 'outlook.com', 'yahoo.com'])
        else 'firm' || (hash(n, 'firm') % (getvariable('leads') // 12 + 1)) || '.example'
    end;
-- As people type it.
create or replace temp macro typed(email, i) as case
    when dice(i, 'typed') < 0.05 then upper(email)
    when dice(i, 'typed') < 0.07 then ' ' || email
    else email
end;

create or replace temp view delivered_leads as
with numbered as (
    select
        i,
        -- 1 % are second records of a person, 0.5 % stand in the file twice
        case when dice(i, 'twin') < 0.01 then i // 2 else i end as person,
        case when dice(i, 'again') < 0.005 then i - 1 else i end as number
    from range(getvariable('leads')) as numbers (i)
)
select
    -- 0.05 % cannot be loaded: they lack their id, or a time is none
    case when dice(i, 'bad') >= 0.0002 then 'L' || number end as lead_id,
    case when dice(i, 'no email') >= 0.05 then typed(email_of(person), i) end as email,
    pick(person, 'first', ['Ann', 'Bob', 'Carla', 'Dev', 'Emma', 'Farid', 'Grace', 'Hugo'])
        as first_name,
    pick(person, 'last', ['Alban', 'Berger', 'Carlson', 'Dunn', 'Ferrer', 'Okafor'])
        || chr(97 + (person % 26)::integer) || chr(97 + (person // 26 % 26)::integer)
        as last_name,
    pick(i, 'title', ['VP Marketing', 'Head of Sales', 'Software Engineer', 'CEO',
        'Marketing Manager', 'Student', 'Director of Operations', 'Analyst']) as job_title,
    case when dice(i, 'phone') < 0.4 then '+1 555 ' || hash(i) % 10000000 end as phone,
    'Firm ' || (hash(person, 'firm') % (getvariable('leads') // 12 + 1)) as company_name,
    pick(i, 'country', ['US', 'Germany', 'France', 'UK', 'India', 'Brazil']) as country,
    pick(i, 'source', ['website', 'webinar', 'list_import', 'referral']) as lead_source,
    'owner' || hash(i, 'owner') % 200 as owner_id,
    pick(i, 'status', ['new', 'working', 'nurture']) as status,
    case
        when dice(i, 'bad') < 0.0005 and dice(i, 'bad') >= 0.0002 then 'soon'
        else strftime(created_at, '%Y-%m-%d %H:%M:%S')
    end as created_at,
    strftime(
        created_at
        + to_seconds((dice(i, 'changed') * (extract(epoch from
            getvariable('day')::timestamp - created_at)))::bigint),
        '%Y-%m-%d %H:%M:%S'
    ) as updated_at,
    hash(i, 'employees') % 5000 as number_of_employees -- kept in attributes
from (
    select
        *,
        getvariable('day')::timestamp
        - to_seconds((dice(number, 'created') * 900 * 86400)::bigint) as created_at
    from numbered
);

-- A table, for range() is read by one thread only.
create or replace temp table event_numbers as
from range(getvariable('events')) as numbers (i);

-- Sixty days in the order of time: sessions of five events, about twelve events a visitor,
-- a few visitors with many.
create or replace temp view delivered_events as
with copies as (
    select
        i - (dice(i, 'copy') < 0.01)::integer as i -- 1 % were sent twice
    from event_numbers
),
sessions as (
    select
        i,
        i // 5 as session,
        floor(pow(dice(i // 5, 'visitor'), 1.5) * getvariable('events') / 10)::bigint
            as visitor,
        dice(i, 'kind') as kind,
        dice(i // 5, 'campaign') as campaign,
        hash(i, 'page') as page
    from copies
),
events as (
    select
        *,
        getvariable('day')::timestamp - to_days(60)
        + to_microseconds((session * 5 * 86400 * 60e6 / getvariable('events'))::bigint)
        + to_seconds(i % 5 * 40 + page % 40) as occurred_at,
        case
            when kind < 0.015 then 'form_submitted'
            when kind < 0.025 then 'file_downloaded'
            when kind < 0.10 then 'page_ping' -- no activity
            else 'page_view'
        end as event_type,
        case
            when page % 1000 < 300 then '/'
            when page % 1000 < 400 then '/pricing'
            when page % 1000 < 600 then '/blog/post-' || page % 500
            when page % 1000 < 750 then '/docs/api/page-' || page % 300
            when page % 1000 < 850 then '/product/' || page % 60
            when page % 1000 < 990 then '/' || pick(page, 'plain',
                ['customers/acme', 'webinars/june', 'contact', 'careers', 'login', 'about'])
            else '/search/' || page % 1000003 -- paths that hold a number
        end as path,
        -- one visitor in four says who they are, some never in a CRM
        case
            when visitor % 4 = 0 then hash(visitor, 'who') % (getvariable('leads') * 4 // 3)
        end as person
    from sessions
)
select
    md5(i::varchar) as event_id,
    -- 0.05 % cannot be loaded
    case when dice(i, 'bad') >= 0.0003 then 'v' || md5((visitor * 7)::varchar) end
        as visitor_id,
    's' || session as session_id,
    case when event_type = 'form_submitted' then typed(email_of(person), i) end as email,
    case when dice(i, 'bad') not between 0.0003 and 0.0005 then event_type end as event_type,
    case event_type
        when 'form_submitted'
            then pick(i, 'form', ['demo_request', 'newsletter', 'contact_us', 'ebook_crm'])
        when 'file_downloaded' then 'guide-' || page % 40 || '.pdf'
    end as event_name,
    'https://www.acme.example' || path || case
        when campaign < 0.1
            then '?utm_source=google&utm_medium=cpc&gclid=' || md5(session::varchar)
        when dice(i, 'query') < 0.1 then '?ref=' || page % 100000
        else ''
    end as url,
    case
        when i % 5 > 0 then 'https://www.acme.example/'
        when campaign < 0.5 then 'https://www.google.com/'
    end as referrer,
    case when campaign < 0.1 then 'google' end as utm_source,
    case when campaign < 0.1 then 'cpc' end as utm_medium,
    case when campaign < 0.1 then 'campaign-' || hash(session, 'name') % 30 end
        as utm_campaign,
    round(dice(i, 'stay') * 300, 1) as duration_seconds,
    case
        when visitor % 50 = 1 then 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)'
        else 'Mozilla/5.0 (' || pick(visitor, 'os', ['Windows NT 10.0; Win64; x64',
            'Macintosh; Intel Mac OS X 10_15_7', 'X11; Linux x86_64', 'iPhone; CPU iPhone OS']
        ) || ') AppleWebKit/537.36 (KHTML, like Gecko) Chrome/' || 90 + visitor % 60
            || '.0.0.0 Safari/537.36'
    end as user_agent,
    case
        when dice(i, 'properties') < 0.2
            then '{"variant": "' || pick(i, 'variant', ['a', 'b']) || '", "scroll": '
                || page % 101 || '}'
    end as properties,
    occurred_at
from events;
