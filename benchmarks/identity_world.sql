-- A world of people whose identifiers are known: raw tables, and truth.truth beside them.
-- Variables: leads (people with a CRM record) and seed. The rates are the `chance`s below:
-- assumptions about a B2B company's data, not measured at one.

create or replace temp macro dice(i, salt) as
    (hash(i, salt, getvariable('seed')) % 1000000) / 1000000.0;
create or replace temp macro chance(i, salt, share) as dice(i, salt) < share;
create or replace temp macro pick(i, salt, list) as
    list[1 + (hash(i, salt, getvariable('seed')) % len(list))::integer];
create or replace temp macro domain_of(email) as split_part(email, '@', -1);
create or replace temp macro local_of(email) as split_part(email, '@', 1);
create or replace temp macro tagged(email, tag) as
    local_of(email) || '+' || tag || '@' || domain_of(email);
create or replace temp macro slipped(email) as  -- two letters swapped
    substr(email, 2, 1) || substr(email, 1, 1) || substr(email, 3);
create or replace temp macro moment(i, salt, first, days) as
    (first::timestamp + to_seconds((dice(i, salt) * days * 86400)::bigint));

---------------------------------------------------------------- people
create or replace temp table people as
with named as (
    select
        i,
        pick(i, 'first', ['Ann', 'Bob', 'Carla', 'Dev', 'Emma', 'Farid', 'Grace', 'Hugo',
            'Ines', 'Jorge', 'Kim', 'Lena', 'Marco', 'Nora', 'Omar', 'Paula', 'Quentin',
            'Rosa', 'Sven', 'Tara', 'Uma', 'Viktor', 'Wendy', 'Xenia', 'Yusuf', 'Zoe',
            'José', 'Anna', 'Robert', 'William'])
        -- two people have the same first name about as often as in a large country
        || pick(i, 'first2', ['', '', 'lyn', 'bert', 'ette', 'ko']) as first_name,
        pick(i, 'last1', ['Al', 'Ber', 'Car', 'Dun', 'Ed', 'Fer', 'Gar', 'Har', 'Is',
            'Jo', 'Kel', 'Lam', 'Mon', 'Nor', 'Os', 'Per', 'Ros', 'Sam', 'Tor', 'Win'])
        || pick(i, 'last2', ['an', 'bel', 'cor', 'den', 'er', 'fin', 'gan', 'ham', 'in',
            'ker', 'li', 'man', 'ner', 'o', 'per', 'ri', 'son', 'ton', 'va', 'well'])
        || pick(i, 'last3', ['', 's', 'e', 'er', 'sen', 'ez', 'ini', 'sky', 'ova', 'ard'])
            as last_name,
        -- companies of 8 on average, some large
        (dice(i, 'firm') * dice(i, 'firm2') * getvariable('leads') / 4)::bigint as firm,
        dice(i, 'provider') as provider
    from range(getvariable('leads')::bigint) as people (i)
),
addressed as (
    select
        *,
        'firm' || firm || '.example' as firm_domain,
        lower(strip_accents(first_name || '.' || last_name)) || i as local
    from named
)
select
    *,
    local || '@' || case
        when provider < 0.15 then 'gmail.com'
        when provider < 0.22 then 'outlook.com'
        when provider < 0.26 then 'yahoo.com'
        else firm_domain
    end as email,
    i || '.' || local || '@web.example' as second_email,
    local || '@newjob' || firm || '.example' as next_email,
    pick(i, 'role', ['info', 'sales', 'office', 'contact', 'hello'])
        || '@' || firm_domain as role_email,
    -- who fills in whose address is drawn once
    case
        when chance(i, 'how', 0.010) then 'no address'
        when chance(i, 'how', 0.020) then 'company mailbox'
        when chance(i, 'how', 0.024) then 'team mailbox'
        when chance(i, 'how', 0.029) then 'own role mailbox'
        when chance(i, 'how', 0.0295) then 'couple mailbox'
        when chance(i, 'how', 0.0395) then 'typo kept'
        when chance(i, 'how', 0.0495) then 'typo mended'
        when chance(i, 'how', 0.090) then 'job changed'
        else 'plain'
    end as story
from addressed;

-- What their first record says at the two deliveries.
create or replace temp table first_records as
select
    *,
    case story
        when 'no address' then null
        when 'company mailbox' then role_email
        when 'team mailbox'  -- two to six people; no seed knows the name
            then 'team' || (i // 500) || pick(i, 'team', ['a', 'b', 'c'])
                || '@shared.example'
        when 'own role mailbox' then local_of(role_email) || '@own' || i || '.example'
        when 'couple mailbox' then 'couple' || i || '@web.example'
        when 'typo kept' then slipped(email)
        when 'typo mended' then slipped(email)
        else email
    end as email_before,
    case story
        when 'typo mended' then email
        when 'job changed' then next_email
        else email_before
    end as email_now,
    moment(i, 'created', '2024-01-01', 770) as created_at
from people;

create or replace temp table records (
    lead_id varchar, person varchar, island varchar, story varchar, email_before varchar,
    email_now varchar, first_name varchar, last_name varchar, created_at timestamp
);

insert into records
select
    'L' || i, 'p' || i,
    case
        when story in ('no address', 'company mailbox', 'team mailbox', 'couple mailbox')
            then 'record'
        when story = 'typo kept' then 'typo'
        else 'main'
    end,
    story, email_before, email_now,
    -- names are entered badly as well
    case
        when chance(i, 'no first', 0.03) then null
        when chance(i, 'initial', 0.02) then left(first_name, 1)
        when first_name = 'Robert' and chance(i, 'nick', 0.3) then 'Bob'
        when first_name = 'William' and chance(i, 'nick', 0.3) then 'Bill'
        else first_name
    end,
    case when chance(i, 'no last', 0.05) then null else last_name end,
    created_at
from first_records;

-- The other half of a couple that shares a private mailbox and the last name.
insert into records
select 'C' || i, 'c' || i, 'record', story, email_before, email_now,
    pick(i, 'partner', ['Alex', 'Chris', 'Dana', 'Eli']), last_name,
    created_at + interval 9 day
from first_records where story = 'couple mailbox';

-- A colleague takes over the mailbox of one who changed jobs.
insert into records
select 'T' || i, 't' || i, 'main', 'mailbox taken over', null, email,
    pick(i, 'taker', ['Alma', 'Bruno', 'Cora']), 'Taker' || chr(97 + (i % 26)::integer),
    timestamp '2026-05-20'
from first_records where story = 'job changed' and chance(i, 'taken', 0.05);

---------------------------------------------------------------- second records
create or replace temp table twins as
select
    *,
    case
        when chance(i, 'twin how', 0.40) then 'twin, same mailbox'
        when chance(i, 'twin how', 0.60) then 'twin, same visitor'
        when chance(i, 'twin how', 0.80) then 'twin, merged'
        when chance(i, 'twin how', 0.85) then 'twin, merged in a chain'
        else 'twin, no evidence'
    end as twin
from first_records
where chance(i, 'twin', 0.06) and story = 'plain';

insert into records
select 'D' || i, 'p' || i, if(twin = 'twin, no evidence', 'twin', 'main'), twin, given,
    given, if(chance(i, 'twin nick', 0.05), 'Nick', first_name), last_name,
    moment(i, 'twin at', '2026-02-15', 100)
from (
    select *, case
        when twin != 'twin, same mailbox' then second_email
        when chance(i, 'spelling', 0.5) then upper(email)
        when chance(i, 'spelling', 0.8) then tagged(email, 'trial')
        when email like '%gmail.com' then replace(local, '.', '') || '@googlemail.com'
        else email
    end as given from twins
);
insert into records
select 'E' || i, 'p' || i, 'main', twin, 'third' || i || '@web.example',
    'third' || i || '@web.example', first_name, last_name, timestamp '2026-04-02'
from twins where twin = 'twin, merged in a chain';

create or replace temp table merges as
select 'D' || i as merged_id, 'L' || i as into_id, moment(i, 'merged', '2026-06-01', 20)
    as merged_at, true as still_there
from twins where twin like 'twin, merged%'
union all
select 'E' || i, 'D' || i, moment(i, 'merged2', '2026-06-01', 20), true
from twins where twin = 'twin, merged in a chain'
union all  -- a loop is delivered as well
select 'L' || i, 'D' || i, timestamp '2026-06-22', true
from twins where twin = 'twin, merged in a chain' and i % 3 = 0
union all  -- two people merged by mistake, and unmerged before the last delivery
select 'L' || i, 'L' || (i - 1), timestamp '2026-02-03', false
from first_records where i > 0 and chance(i, 'mistake', 0.0005);

-- Colleagues try the forms: many records, one mailbox.
insert into records
select 'Q' || account || '_' || i, 'qa' || account || '_' || i, 'record', 'test account',
    'qa' || account || '+' || i || '@ours.example',
    'qa' || account || '+' || i || '@ours.example', 'Test', 'User',
    timestamp '2025-01-01' + to_days(i::integer)
from range(1 + getvariable('leads')::bigint // 10000) as accounts (account),
    range(20) as tries (i);

---------------------------------------------------------------- what people give and do
-- gives: a visitor says who they are; person is whose browser it is.
create or replace temp table gives (
    visitor_id varchar, person varchar, island varchar, story varchar, email varchar,
    occurred_at timestamp
);
create or replace temp table known_devices as
select
    i, n, 'v' || i || '_' || n as visitor_id, story, email, next_email,
    case when story = 'own role mailbox' then email_before else email end as own_email,
    moment(i, 'visit' || n, '2026-01-05', 120) as occurred_at
from first_records, range(3) as devices (n)
where chance(i, 'device' || n, case n when 0 then 0.6 when 1 then 0.2 else 0.05 end);

insert into gives
select visitor_id, 'p' || i, 'main', 'device', case
    when story = 'job changed' then own_email
    when chance(i, 'spelt' || n, 0.05) then tagged(own_email, 'news' || n)
    when chance(i, 'spelt' || n, 0.20) and own_email like '%gmail.com'
        then replace(local_of(own_email), '.', '') || '@gmail.com'
    when chance(i, 'spelt' || n, 0.30) then upper(own_email)
    else own_email
end, occurred_at
from known_devices
union all  -- a slip of the finger, then the right address
select visitor_id, 'p' || i, 'main', 'device, slip', 'x' || own_email, occurred_at
from known_devices where chance(i, 'slip' || n, 0.02)
union all  -- the company's mailbox, besides their own
select known_devices.visitor_id, 'p' || i, 'main', 'device, company mailbox',
    people.role_email, known_devices.occurred_at + interval 3 day
from known_devices inner join people using (i) where chance(i, 'also role' || n, 0.01)
union all  -- a private address
select visitor_id, 'p' || i, 'main', 'device, private address',
    'home' || i || '@web.example', occurred_at + interval 5 day
from known_devices where chance(i, 'private', 0.08)
union all  -- the new job, from the old device
select visitor_id, 'p' || i, 'main', 'device', next_email, occurred_at + interval 9 day
from known_devices where story = 'job changed' and chance(i, 'same laptop', 0.5)
union all  -- a slip that hits the mailbox of somebody else
select known_devices.visitor_id, 'p' || known_devices.i, 'main', 'device, wrong mailbox',
    others.email, known_devices.occurred_at
from known_devices inner join people as others on known_devices.i + 7 = others.i
where chance(known_devices.i, 'hit' || n, 0.0005)
union all  -- a link forwarded to a colleague names the one it was sent to
select 'f' || i, 'f' || i, 'main', 'forwarded link', email,
    moment(i, 'forwarded', '2026-01-05', 120)
from first_records where story = 'plain' and chance(i, 'forward', 0.0003)
union all  -- two records of one person, joined by a device
select 'w' || i, 'p' || i, 'main', twin, unnest([email, second_email]),
    moment(i, 'both', '2026-03-01', 60)
from twins where twin = 'twin, same visitor';

-- Devices that several people use: at the reception, at home, at a fair.
create or replace temp table kiosks as
select
    'k' || k as visitor_id,
    'kiosk' || k as person,
    case when chance(k, 'kind', 0.5) then 2 when chance(k, 'kind', 0.7) then 3 else 9 end
        as users,
    (dice(k, 'who') * getvariable('leads'))::bigint as first_user
from range(greatest(1, getvariable('leads')::bigint // 500)) as kiosks (k);
insert into gives
select kiosks.visitor_id, kiosks.person, 'main', 'kiosk', people.email,
    moment(people.i, 'kiosk', '2026-02-01', 90)
from kiosks inner join people
    on people.i between kiosks.first_user and kiosks.first_user + kiosks.users - 1;

-- Browsers that never say whose they are.
create or replace temp table anonymous as
select 'a' || i as visitor_id, 'p' || i as person, moment(i, 'anon', '2026-01-05', 150)
    as occurred_at
from people where chance(i, 'anonymous', 0.10);

-- reactions to mail, by the address it was sent to
create or replace temp table reactions as
select 'p' || i as person, 'main' as island, 'mail' as story, email,
    moment(i, 'opened', '2026-01-05', 150) as occurred_at
from first_records
where story in ('plain', 'job changed', 'typo mended') and chance(i, 'opens', 0.5)
union all  -- a newsletter ordered with a private address that nothing joins
select 'p' || i, 'letter', 'private newsletter', 'letter' || i || '@web.example',
    moment(i, 'letter', '2026-01-05', 150)
from people where chance(i, 'letters', 0.01)
union all  -- the same with a tagged address, which its mailbox joins
select 'p' || i, 'main', 'tagged newsletter', tagged(email, 'letter'),
    moment(i, 'tagged', '2026-01-05', 150)
from first_records where story = 'plain' and chance(i, 'tags', 0.02);

---------------------------------------------------------------- the truth
create or replace table truth.truth as
with owned as (
    select 'crm' as identifier_type, lead_id as identifier, person, island, story,
        true as on_record
    from records
    union all
    select 'visitor', visitor_id, person, island, story, false from gives
    union all
    select 'visitor', visitor_id, person, visitor_id, 'anonymous', false from anonymous
    union all
    select 'email', lower(email), person, island, story, false from reactions
    union all
    select 'email', lower(email),
        if(story = 'device, company mailbox', 'shared ' || email, person), island, story,
        false
    from gives
    where story not in ('kiosk', 'forwarded link', 'device, wrong mailbox')
    union all
    select 'email', lower(email), person, island, story, true
    from (
        select *, unnest([email_before, email_now]) as email from records
    )
    where email is not null
),
-- A mailbox is the one's whose record has it, and nobody's if several people's have; one
-- that was taken over is the new holder's.
ranked as (
    select
        identifier_type, identifier, island, story,
        case
            when bool_or(story = 'mailbox taken over') over same
                then first_value(person) over (same order by story != 'mailbox taken over')
            when min(person) filter (on_record) over same
                != max(person) filter (on_record) over same
                then 'shared ' || identifier
            else coalesce(min(person) filter (on_record) over same, person)
        end as person
    from owned
    window same as (partition by identifier_type, identifier)
)
select
    identifier_type,
    identifier,
    any_value(person) as person,
    -- one that is known in two ways is known in the better one
    min_by(island, (island != 'main', island)) as island,
    min_by(story, (island != 'main', story)) as story
from ranked
group by identifier_type, identifier;

---------------------------------------------------------------- the raw tables
insert into raw.batches (
    batch_id, source, table_name, map_name, delivery, file, sha256, extract_date, status
)
values
    ('l1', 'crm', 'crm_leads', 'generic', 'snapshot', 'l1', '', '2026-03-01', 'accepted'),
    ('l2', 'crm', 'crm_leads', 'generic', 'snapshot', 'l2', '', '2026-06-30', 'accepted'),
    ('m1', 'crm', 'crm_merges', 'generic', 'snapshot', 'm1', '', '2026-03-01', 'accepted'),
    ('m2', 'crm', 'crm_merges', 'generic', 'snapshot', 'm2', '', '2026-06-30', 'accepted'),
    ('e1', 'email', 'email_events', 'generic', 'changes', 'e1', '', '2026-06-30', 'accepted'),
    ('w1', 'web', 'web_events', 'generic', 'changes', 'w1', '', '2026-06-30', 'accepted');

insert into raw.crm_leads (
    batch_id, source_row, extract_date, lead_id, email, first_name, last_name, created_at
)
select 'l1', row_number() over (), date '2026-03-01', lead_id, email_before, first_name,
    last_name, created_at
from records where created_at < timestamp '2026-03-01'
union all
select 'l2', row_number() over (), date '2026-06-30', lead_id, email_now, first_name,
    last_name, created_at
from records;

insert into raw.crm_merges (
    batch_id, source_row, extract_date, merged_id, into_id, merged_at
)
select 'm1', row_number() over (), date '2026-03-01', * exclude (still_there)
from merges where merged_at < timestamp '2026-03-01'
union all
select 'm2', row_number() over (), date '2026-06-30', * exclude (still_there)
from merges where still_there;

insert into raw.email_events (
    batch_id, source_row, extract_date, event_id, email, campaign_id, event_type,
    occurred_at
)
select 'e1', row_number() over (), date '2026-06-30', 'e' || row_number() over (), email,
    'letter', 'clicked', occurred_at
from reactions;

insert into raw.web_events (
    batch_id, source_row, extract_date, event_id, visitor_id, email, event_type,
    event_name, url, occurred_at
)
select 'w1', row_number() over (), date '2026-06-30', 'w' || row_number() over (),
    visitor_id, email, event_type, event_name, url, occurred_at
from (
    select visitor_id, email, 'form_submitted' as event_type, 'demo' as event_name,
        '/demo' as url, occurred_at from gives
    union all
    select visitor_id, null, 'page_view', null, '/pricing', occurred_at from gives
    union all
    select visitor_id, null, 'page_view', null, '/pricing', occurred_at from anonymous
);
