with days as (

    select * from {{ ref('int_scored_days') }}

),

leads as (

    select * from {{ ref('int_leads') }}

),

job_titles as (

    select * from {{ ref('int_job_titles') }}

),

activity_days as (

    select * from {{ ref('int_lead_activity_days') }}

),

engaged_days as (

    select value as engaged_days
    from {{ ref('thresholds') }}
    where name = 'engaged_days'

),

decision_makers as (

    select
        leads.lead_id,
        leads.account_id,
        leads.valid_from,
        leads.valid_to
    from leads
    inner join job_titles
        on leads.job_title = job_titles.job_title
    where
        leads.account_id is not null
        and {{ is_decision_maker('job_titles.seniority') }}

),

engaged as (

    select
        decision_makers.account_id,
        days.as_of_date,
        list_sort(list(distinct decision_makers.lead_id)) as decision_makers
    from decision_makers
    inner join days
        on
            days.as_of_date between
            decision_makers.valid_from and decision_makers.valid_to
    cross join engaged_days
    inner join activity_days
        on
            decision_makers.lead_id = activity_days.lead_id
            and activity_days.is_engagement
            and days.as_of_date >= activity_days.activity_date
            and days.as_of_date - cast(engaged_days.engaged_days as integer)
            < activity_days.activity_date
            and days.as_of_date
            between activity_days.valid_from and activity_days.valid_to
    group by decision_makers.account_id, days.as_of_date

),

numbered as (

    select
        *,
        -- The same for neighbouring days with the same people.
        as_of_date - cast(
            row_number() over (
                partition by account_id, decision_makers order by as_of_date
            ) as integer
        ) as island
    from engaged

),

versions as (

    select
        account_id,
        decision_makers,
        min(as_of_date) as valid_from,
        max(as_of_date) as valid_to
    from numbered
    group by account_id, decision_makers, island

)

select * from versions
