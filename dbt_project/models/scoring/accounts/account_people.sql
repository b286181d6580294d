with results as (

    select * from {{ ref('lead_results') }}
    where valid_to = {{ as_of_to() }}

),

rulesets as (

    select * from {{ ref('int_lead_rulesets') }}

),

days as (

    select {{ as_of_to() }} as as_of_date

),

-- All of an account under one ruleset, also in an experiment: sums can be compared.
champions as (

    {{ champions('rulesets', this_run('scorecard'), 'days') }}

),

traits as (

    select * from {{ ref('int_lead_traits') }}

),

engaged_days as (

    select value as engaged_days
    from {{ ref('thresholds') }}
    where name = 'engaged_days'

),

people as (

    select
        traits.account_id,
        results.lead_id,
        traits.owner_id,
        traits.seniority,
        traits.department,
        results.total_points,
        results.grade,
        results.is_excluded,
        traits.last_activity_at,
        coalesce(
            {{ days_between(
                company_date('traits.last_activity_at'), as_of_to()
            ) }} < engaged_days.engaged_days,
            false
        ) as is_engaged
    from results
    inner join champions
        on results.ruleset = champions.ruleset
    inner join traits
        on results.span_id = traits.span_id
    cross join engaged_days
    where traits.account_id is not null

)

select * from people
