{# The one place where signals meet rules; being in a segment is a signal too. #}
with by_signals as (

    select * from {{ ref('met_signal_conditions') }}

),

conditions as (

    select * from {{ ref('conditions') }}
    where starts_with(signal, 'segment.')

),

spans as (

    select * from {{ ref('int_lead_spans') }}

),

members as (

    select * from {{ ref('segment_members') }}

),

answered as (

    select
        spans.span_id,
        conditions.condition_id,
        conditions.wanted,
        if(members.span_id is null, 'no', 'yes') as value_name
    from conditions
    cross join spans
    left join members
        on
            spans.span_id = members.span_id
            and conditions.signal = members.signal

),

met as (

    select
        span_id,
        condition_id,
        value_name
    from by_signals

    union all

    select
        span_id,
        condition_id,
        value_name
    from answered
    where {{ value_matches('value_name', 'wanted') }}

)

select * from met
