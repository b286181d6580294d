{{ config(materialized='view') }}

with lead_points as (

    select * from {{ ref('lead_points') }}

),

qualification as (

    select
        *,
        {{ wanted_values('if_value') }} as wanted
    from {{ ref('qualification') }}

),

activity_days as (

    select * from {{ ref('int_lead_activity_days') }}

),

signals as (

    select * from {{ ref('int_lead_signals') }}

),

activity_conditions as (

    select
        *,
        unnest({{ names_in('if_activity') }}) as activity
    from qualification
    where if_activity is not null

),

activity_held as (

    select distinct
        lead_points.lead_id,
        lead_points.valid_from,
        activity_conditions.ruleset,
        activity_conditions.row_order,
        'activity' as condition
    from activity_conditions
    inner join activity_days
        on activity_conditions.activity = activity_days.activity
    inner join lead_points
        on
            activity_days.lead_id = lead_points.lead_id
            and activity_conditions.ruleset = lead_points.ruleset
            and lead_points.valid_from
            between activity_days.valid_from and activity_days.valid_to
    where
        activity_conditions.within_days is null
        or {{ days_between('activity_days.activity_date', 'lead_points.valid_from') }}
        < activity_conditions.within_days

),

signal_held as (

    select
        signals.lead_id,
        signals.valid_from,
        qualification.ruleset,
        qualification.row_order,
        'signal' as condition
    from qualification
    inner join signals
        on
            qualification.if_signal = signals.signal
            and {{ value_matches('signals.value_text', 'qualification.wanted') }}

),

united as (

    select * from activity_held

    union all

    select * from signal_held

)

select * from united
