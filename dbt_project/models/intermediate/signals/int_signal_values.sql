with lead_signals as (

    select distinct
        signal,
        value
    from {{ ref('int_lead_signals') }}

),

signals as (

    select * from {{ ref('signals') }}

),

numbered as (

    select
        *,
        try_cast(value as decimal(20, 4)) as value_number
    from lead_signals

),

spelled as (

    select
        numbered.signal,
        numbered.value,
        numbered.value_number,
        coalesce(
            case
                when signals.kind = 'number'
                    then {{ number_text('numbered.value_number') }}
            end,
            -- A column of the CRM that should be a number may hold a text.
            {{ signal_value('numbered.value') }},
            '(missing)'
        ) as value_text
    from numbered
    left join signals
        on numbered.signal = signals.signal

)

select * from spelled
