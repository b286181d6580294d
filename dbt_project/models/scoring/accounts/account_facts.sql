with all_people as (

    select * from {{ ref('account_people') }}

),

companies as (

    select * from {{ ref('int_accounts') }}

),

account_ids as (

    select distinct account_id
    from all_people

),

people as (

    select * from all_people
    where not is_excluded

),

counted as (

    select
        account_id,
        count(*) as people,
        count(*) filter (where is_engaged) as engaged_people,
        count(distinct department) filter (where is_engaged) as engaged_departments,
        count(*) filter (
            where is_engaged and {{ is_decision_maker('seniority') }}
        ) as engaged_decision_makers,
        string_agg(distinct department, ', ' order by department) filter (
            where is_engaged
        ) as departments,
        sum(total_points) as sum_points,
        max(last_activity_at) as last_activity_at
    from people
    group by account_id

),

-- Of equal points the first by id.
best_leads as (

    select *
    from people
    qualify
        row_number() over (
            partition by account_id order by total_points desc, lead_id asc
        ) = 1

),

by_seniority as (

    select
        account_id,
        seniority,
        count(*) as people
    from people
    where is_engaged
    group by account_id, seniority

),

engaged_seniorities as (

    select
        account_id,
        string_agg(
            people || ' ' || coalesce(seniority, 'unknown'), ', '
            order by
                list_position({{ seniorities() }}, seniority) asc nulls last,
                seniority asc nulls last
        ) as seniorities
    from by_seniority
    group by account_id

),

facts as (

    select
        account_ids.account_id,
        companies.industry,
        companies.industry_fit,
        companies.size_band,
        companies.employee_count,
        companies.country,
        companies.relationship,
        -- Of an account whose people are all excluded nobody is left: a known number.
        coalesce(counted.people, 0) as people,
        coalesce(counted.engaged_people, 0) as engaged_people,
        coalesce(counted.engaged_departments, 0) as engaged_departments,
        coalesce(counted.engaged_decision_makers, 0) as engaged_decision_makers,
        engaged_seniorities.seniorities,
        counted.departments,
        best_leads.lead_id as best_lead_id,
        best_leads.total_points as best_points,
        best_leads.grade as best_grade,
        cast(counted.sum_points as decimal(22, 4)) as sum_points,
        best_leads.owner_id,
        counted.last_activity_at,
        cast({{ days_between(
            company_date('counted.last_activity_at'), as_of_to()
        ) }} as bigint) as days_quiet
    from account_ids
    left join companies
        on account_ids.account_id = companies.account_id
    left join counted
        on account_ids.account_id = counted.account_id
    left join best_leads
        on account_ids.account_id = best_leads.account_id
    left join engaged_seniorities
        on account_ids.account_id = engaged_seniorities.account_id

)

select * from facts
