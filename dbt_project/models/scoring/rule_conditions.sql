{{ config(materialized='view') }}

with signals as (

    select * from {{ ref('int_lead_signals') }}

),

conditional_rules as (

    {% for rules in ['signal_rules', 'activity_rules'] %}
        select
            ruleset,
            rule_id,
            if_signal,
            {{ wanted_values('if_value') }} as wanted
        from {{ ref(rules) }}
        where if_signal is not null
        {{ 'union all' if not loop.last }}
    {% endfor %}

),

held as (

    select
        signals.lead_id,
        signals.valid_from,
        conditional_rules.ruleset,
        conditional_rules.rule_id
    from conditional_rules
    inner join signals
        on
            conditional_rules.if_signal = signals.signal
            and {{ value_matches('signals.value_text', 'conditional_rules.wanted') }}

)

select * from held
