-- What a large company's CRM and website deliver: `leads` people, seen on `day`. It is
-- a function of the row's number, so that the same size gives the same world.

create schema benchmark;

-- A number from 0 to 1, and one of several values, drawn for row i.
create macro draw(i, salt) as
cast(hash(cast(i as bigint) * 1000 + salt) >> 11 as double) / 9007199254740992.0;

create macro pick(options, i, salt) as
options[1 + cast(floor(len(options) * draw(i, salt)) as integer)];

-- One in fifty has no CRM record: an address that answered our mail.
create table benchmark.people as
with numbered as (
    select range as i from range(getvariable('leads'))
),
drawn as (
    select
        i,
        draw(i, 1) >= 0.02 as has_record,
        draw(i, 2) < 0.72 as at_company,
        -- A few companies have many people, most have some.
        cast(floor(getvariable('accounts') * pow(draw(i, 3), 1.6)) as bigint) as account,
        getvariable('day') - cast(floor(900 * pow(draw(i, 4), 1.3)) as integer) as created_on,
        -- Most people did little, some did a lot (log-normal).
        case when draw(i, 5) < 0.2 then 0 else least(600, exp(
            1.4 * sqrt(-2 * ln(greatest(draw(i, 6), 1e-9))) * cos(6.2831853 * draw(i, 7))
        )) end as activity
    from numbered
)
select
    *,
    'user' || i || '@' || case
        when at_company then 'company' || account || '.example'
        when draw(i, 8) < 0.9 then pick(
            ['gmail.com', 'hotmail.com', 'yahoo.com', 'gmx.de', 'web.de'], i, 9
        )
        else 'firm' || i || '.example'
    end as email,
    'L' || lpad(cast(i as varchar), 8, '0') as lead_id,
    case when activity > 1 and draw(i, 10) < 0.6 then 'v' || i end as visitor_id
from drawn;

-- A record in twelve was changed since, one in thirty-three stands in the CRM twice.
insert into raw.crm_leads by name
with versions as (
    select *, lead_id as record_id, getvariable('first') as extract_date, 0 as version
    from benchmark.people where has_record and created_on <= getvariable('first')
    union all
    select *, lead_id, created_on, 0
    from benchmark.people where has_record and created_on > getvariable('first')
    union all
    select *, lead_id || 'b', greatest(getvariable('first'), created_on), 2
    from benchmark.people where has_record and draw(i, 20) < 0.03
    union all
    select
        *, lead_id,
        greatest(getvariable('first'), created_on) + 1 + cast(floor(60 * draw(i, 22)) as integer), 1
    from benchmark.people where has_record and draw(i, 21) < 0.08
)
select
    'bench_' || extract_date as batch_id,
    row_number() over () as source_row,
    extract_date,
    record_id as lead_id,
    email,
    pick(['Ann', 'Bob', 'Chloé', 'Dieter', 'Eva', 'farid', 'Gina', 'Hugo'], i, 30)
        as first_name,
    case
        when draw(i, 31) < 0.01 then 'test'
        when draw(i, 31) < 0.04 then 'surname' || i
        else 'Surname' || i
    end as last_name,
    case when draw(i, 32) < 0.85 then
        pick([
            'Chief', 'VP', 'Director of', 'Head of', 'Manager', 'Senior', 'Junior',
            'Lead', 'Intern', 'Responsable', 'Leiter'
        ], i + version, 33) || ' ' || pick([
            'Marketing', 'Sales', 'IT', 'Engineering', 'Finance', 'Operations',
            'Product', 'Human Resources', 'Customer Success', 'Procurement'
        ], i, 34) || case
            when draw(i, 35) < 0.3 then ', ' || pick(
                ['EMEA', 'Germany', 'North', 'South', 'APAC', 'Enterprise'], i, 36
            )
            when draw(i, 35) < 0.36 then ' - Team ' || i
            else ''
        end
    end as job_title,
    case when draw(i, 37) < 0.5 then '+49 30 ' || i end as phone,
    case when at_company then 'Company ' || account end as company_name,
    case when at_company and draw(i, 38) < 0.7 then 'A' || account end as account_id,
    case when draw(i, 39) < 0.9 then pick(
        ['Germany', 'US', 'France', 'Spain', 'Italy', 'Japan', 'Brazil'], i, 40
    ) end as country,
    case when draw(i, 41) < 0.8 then pick([
        'partner', 'advertising', 'trade show', 'website', 'referral', 'web',
        'list import', 'email campaign'
    ], i, 42) end as lead_source,
    case when draw(i, 43) < 0.03 then 'P' || (i % 50) end as partner_id,
    'O' || (i % 200) as owner_id,
    case
        when draw(i, 44) < 0.08 then 'working'
        when draw(i, 44) < 0.12 then 'disqualified'
        else 'new'
    end as status,
    draw(i, 45) < 0.03 as do_not_contact,
    created_on + interval 9 hour as created_at,
    extract_date + interval 1 hour as updated_at,
    case when draw(i, 46) < 0.1 then json_object(
        'bant_budget', pick(['yes', 'no'], i, 47),
        'bant_need', pick(['yes', 'no'], i, 48)
    ) else '{}'::json end as attributes
from versions
where extract_date <= getvariable('day');

insert into raw.crm_accounts by name
select
    'bench_' || getvariable('first') as batch_id,
    i as source_row,
    getvariable('first') as extract_date,
    'A' || i as account_id,
    'Company ' || i as name,
    'company' || i || '.example' as domain,
    pick(['Software', 'Banking', 'Retail', 'Education', 'Energy', ''], i, 60)
        as industry,
    case when draw(i, 61) < 0.8 then cast(exp(9 * draw(i, 62)) as bigint) end
        as employee_count,
    case when draw(i, 63) < 0.7 then cast(exp(12 + 10 * draw(i, 64)) as decimal(18, 2))
    end as annual_revenue,
    case when draw(i, 65) < 0.05 then 'customer' else 'prospect' end as account_type
from (select range as i from range(getvariable('accounts')));

insert into raw.crm_opportunities by name
select
    'bench_' || getvariable('first') as batch_id,
    i as source_row,
    getvariable('first') as extract_date,
    'D' || i as opportunity_id,
    case when draw(i, 70) < 0.7 then lead_id end as lead_id,
    case when at_company then 'A' || account end as account_id,
    'any' as stage,
    draw(i, 71) < 0.3 as is_won,
    created_on + interval 40 day as created_at,
    case when draw(i, 72) < 0.7 then created_on + interval 90 day end as closed_at
from benchmark.people
where draw(i, 73) < 0.03 and has_record and created_on + 90 < getvariable('day');

-- The visit on which a visitor said who they are.
insert into raw.web_events by name
select
    'bench_web' as batch_id,
    i as source_row,
    getvariable('day') as extract_date,
    'e' || i as event_id,
    visitor_id,
    email,
    'page_view' as event_type,
    '/' as url,
    created_on + interval 10 hour as occurred_at
from benchmark.people
where visitor_id is not null and draw(i, 80) < 0.8;

-- People without a record are known by the mail they answered.
insert into raw.email_events by name
select
    'bench_email' as batch_id,
    i as source_row,
    getvariable('day') as extract_date,
    'm' || i as event_id,
    email,
    'c1' as campaign_id,
    'clicked' as event_type,
    created_on + interval 11 hour as occurred_at
from benchmark.people
where not has_record;

insert into raw.batches by name
select distinct
    batch_id, source, table_name, 'generic' as map_name, 'changes' as delivery,
    source || '/' || batch_id as file, batch_id as sha256, extract_date,
    'accepted' as status, 0 as rows_read, 0 as rows_loaded, 0 as rows_rejected,
    extract_date + interval 1 day as loaded_at
from (
    select batch_id, extract_date, 'crm' as source, 'crm_leads' as table_name
    from raw.crm_leads
    union all
    select batch_id, extract_date, 'email', 'email_events' from raw.email_events
    union all
    select batch_id, extract_date, 'web', 'web_events' from raw.web_events
);
