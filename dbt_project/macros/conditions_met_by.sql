{#
  The conditions that the signals of each `who` meet. `signal_values` are the values
  that these have, spelled as conditions are.
#}
{% macro conditions_met_by(signals, signal_values, who) %}
with signals as (

    select * from {{ signals }}

),

signal_values as (

    select * from {{ signal_values }}

),

conditions as (

    select * from {{ ref('conditions') }}

),

-- Values are far fewer than those who have them: each is compared once.
compared as (

    select
        signal_values.signal,
        signal_values.value,
        signal_values.value_name,
        conditions.condition_id
    from signal_values
    inner join conditions
        on
            signal_values.signal = conditions.signal
            and {{ value_matches('signal_values.value_text', 'conditions.wanted') }}
            and (
                conditions.min_value is null
                or signal_values.value_number >= conditions.min_value
            )
            and (
                conditions.max_value is null
                or signal_values.value_number < conditions.max_value
            )

),

met as (

    select
        signals.{{ who }},
        compared.condition_id,
        compared.value_name
    from signals
    inner join compared
        on
            signals.signal = compared.signal
            and signals.value is not distinct from compared.value

)

select * from met
{% endmacro %}
