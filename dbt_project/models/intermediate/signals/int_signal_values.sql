with lead_signals as (

    select distinct
        signal,
        value,
        try_cast(value as decimal(20, 4)) as value_number
    from {{ ref('int_lead_signals') }}

),

signals as (

    select * from {{ ref('signals') }}

),

spelled as (

    select
        lead_signals.signal,
        lead_signals.value,
        lead_signals.value_number,
        coalesce(
            case signals.kind
                when 'number' then {{ number_text('lead_signals.value_number') }}
                else {{ signal_value('lead_signals.value') }}
            end,
            '(missing)'
        ) as value_text
    from lead_signals
    left join signals
        on lead_signals.signal = signals.signal

)

select * from spelled
