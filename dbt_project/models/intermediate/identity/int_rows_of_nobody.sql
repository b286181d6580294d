with batches as (

    select * from {{ ref('stg_pipeline__batches') }}

),

events as (

    select * from {{ ref('int_events_united') }}

),

opportunities as (

    select * from {{ ref('stg_crm__opportunities') }}

),

opportunity_leads as (

    select * from {{ ref('stg_crm__opportunity_leads') }}

),

reported_merges as (

    select * from {{ ref('stg_crm__merges') }}

),

verdicts as (

    select * from {{ ref('stg_feedback__verdicts') }}

),

leads as (

    select * from {{ ref('int_known_records') }}

),

accounts as (

    select distinct account_id from {{ ref('int_crm_account_versions') }}

),

linked as (

    select distinct opportunity_leads.opportunity_id
    from opportunity_leads
    inner join leads
        on opportunity_leads.lead_id = leads.lead_id

),

named as (

    select
        events.batch_id,
        leads.lead_id is null
        and coalesce(events.visitor_id, events.email) is null as is_of_nobody
    from events
    left join leads
        on events.lead_id = leads.lead_id

    union all

    select
        opportunities.batch_id,
        coalesce(leads.lead_id, accounts.account_id, linked.opportunity_id) is null
            as is_of_nobody
    from opportunities
    left join leads
        on opportunities.lead_id = leads.lead_id
    left join accounts
        on opportunities.account_id = accounts.account_id
    left join linked
        on opportunities.opportunity_id = linked.opportunity_id

    union all

    select
        opportunity_leads.batch_id,
        leads.lead_id is null as is_of_nobody
    from opportunity_leads
    left join leads
        on opportunity_leads.lead_id = leads.lead_id

    union all

    select
        reported_merges.batch_id,
        leads.lead_id is null as is_of_nobody
    from reported_merges
    left join leads
        on reported_merges.into_id = leads.lead_id

    union all

    select
        verdicts.batch_id,
        coalesce(leads.lead_id, verdicts.email) is null as is_of_nobody
    from verdicts
    left join leads
        on verdicts.lead_id = leads.lead_id

),

counted as (

    select
        batches.file,
        batches.table_name,
        count(*) as row_count,
        count(*) filter (where named.is_of_nobody) as nobody_count
    from named
    inner join batches
        on named.batch_id = batches.batch_id
    group by batches.file, batches.table_name

)

select * from counted
