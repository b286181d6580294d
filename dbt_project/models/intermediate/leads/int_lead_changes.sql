with leads as (

    select * from {{ ref('int_leads') }}

),

accounts as (

    select * from {{ ref('int_crm_account_versions') }}

),

account_engagement as (

    select * from {{ ref('int_account_engagement') }}

),

moving_days as (

    select * from {{ ref('int_lead_moving_days') }}

),

opportunities as (

    select * from {{ ref('int_lead_opportunities') }}

),

adjustments as (

    select * from {{ ref('int_lead_adjustments') }}

),

account_changes as (

    select
        account_id,
        valid_from as change_date
    from accounts

    union

    select
        account_id,
        valid_from as change_date
    from account_engagement

    union

    select
        account_id,
        valid_to + 1 as change_date
    from account_engagement

),

limited as (

    select
        lead_id,
        valid_from,
        valid_to
    from opportunities

    union all

    select
        lead_id,
        valid_from,
        valid_to
    from adjustments

),

changes as (

    select
        lead_id,
        valid_from as change_date
    from leads

    union

    select
        leads.lead_id,
        account_changes.change_date
    from leads
    inner join account_changes
        on leads.account_id = account_changes.account_id

    union

    select
        lead_id,
        valid_from as change_date
    from limited

    union

    select
        lead_id,
        valid_to + 1 as change_date
    from limited
    where valid_to < {{ forever() }}

    union

    select
        lead_id,
        as_of_date as change_date
    from moving_days

)

select * from changes
