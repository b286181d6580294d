with signals as (

    select * from {{ ref('int_lead_signals') }}

),

rules as (

    select * from {{ ref('signal_rules') }}

),

matched as (

    select
        signals.lead_id,
        signals.valid_from,
        rules.ruleset,
        rules.dimension,
        rules.rule_group,
        rules.rule_id,
        rules.if_signal,
        rules.if_value,
        rules.points,
        rules.grade_thirds,
        signals.value_text as matched_value
    from signals
    inner join rules
        on
            signals.signal = rules.signal
            and {{ value_matches('signals.value_text', 'rules.value_text') }}
            and (rules.min_value is null or signals.value_number >= rules.min_value)
            and (rules.max_value is null or signals.value_number < rules.max_value)

),

conditioned as (

    select matched.*
    from matched
    inner join signals
        on
            matched.lead_id = signals.lead_id
            and matched.valid_from = signals.valid_from
            and matched.if_signal = signals.signal
            and {{ value_matches('signals.value_text', 'matched.if_value') }}

),

priced as (

    select * from matched
    where if_signal is null

    union all

    select * from conditioned

)

select
    lead_id,
    valid_from,
    ruleset,
    dimension,
    rule_group,
    rule_id,
    points,
    grade_thirds,
    matched_value
from priced
