{#
  The values of signals, each once: as conditions are spelled, as a number, and as
  reasons tell it.
#}
{% macro signal_values_of(valued) %}
with distinct_values as (

    select distinct
        signal,
        value
    from {{ valued }}

),

signals as (

    select * from {{ ref('signals') }}

),

value_names as (

    select * from {{ ref('value_names') }}

),

numbered as (

    select
        *,
        try_cast(value as decimal(20, 4)) as value_number
    from distinct_values

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

),

named as (

    select
        spelled.*,
        -- What holds an address is data, and published without it.
        case
            when value_names.name is not null then value_names.name
            when spelled.value_text = '(missing)' then 'unknown'
            when signals.kind = 'number' and spelled.value_number is not null
                then regexp_replace(
                    format('{:,.4f}', cast(spelled.value_number as double)),
                    '[.]?0+$', ''
                )
            else regexp_replace(
                replace(trim(spelled.value), '_', ' '), '\S+@\S+', '(address)', 'g'
            )
        end as value_name
    from spelled
    left join signals
        on spelled.signal = signals.signal
    left join value_names
        on
            spelled.signal = value_names.signal
            and spelled.value_text = value_names.value

)

select * from named
{% endmacro %}
