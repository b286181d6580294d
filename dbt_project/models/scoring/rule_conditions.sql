with conditional_rules as (

    select
        rule_key,
        if_signal as signal,
        {{ wanted_values('if_value') }} as wanted
    from {{ ref('keyed_rules') }}
    where if_signal is not null and repeats is null

),

matched as (

    {{ unpivoted_signals(
        'conditional_rules', value_matches('signals.value_text', 'rules.wanted')
    ) }}

)

select
    span_id,
    rule_key
from matched
