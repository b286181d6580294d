{{ config(materialized='view') }}

with spans as (

    select * from {{ ref('int_lead_spans') }}

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

activity_conditions as (

    select
        *,
        unnest({{ names_in('if_activity') }}) as activity
    from qualification
    where if_activity is not null

),

activity_held as (

    select distinct
        spans.span_id,
        activity_conditions.ruleset,
        activity_conditions.row_order,
        'activity' as condition
    from activity_conditions
    inner join activity_days
        on activity_conditions.activity = activity_days.activity
    inner join spans
        on
            activity_days.lead_id = spans.lead_id
            and spans.valid_from
            between activity_days.valid_from and activity_days.valid_to
    where
        activity_conditions.within_days is null
        or {{ days_between('activity_days.activity_date', 'spans.valid_from') }}
        < activity_conditions.within_days

),

signal_conditions as (

    select
        ruleset,
        row_order,
        wanted,
        if_signal as signal
    from qualification

),

{{ matched_signals('signal_conditions') }}

select * from activity_held

union all

select
    span_id,
    ruleset,
    row_order,
    'signal' as condition
from matched
