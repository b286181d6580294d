with spans as (

    select * from {{ ref('int_lead_spans') }}
    where valid_to = {{ as_of_to() }}

),

signals as (

    select * from {{ ref('int_lead_signals') }}

),

signals_asked as (

    select * from {{ ref('int_signals_asked') }}
    where is_published

),

signal_values as (

    select * from {{ ref('int_signal_values') }}

),

lead_attributes as (

    select
        spans.lead_id,
        signals.signal as name,
        signal_values.value_text as value
    from signals
    inner join signals_asked
        on signals.signal = signals_asked.signal
    inner join spans
        on signals.span_id = spans.span_id
    inner join signal_values
        on
            signals.signal = signal_values.signal
            and signals.value = signal_values.value
    where signal_values.value_text != '(missing)'

)

select * from lead_attributes
