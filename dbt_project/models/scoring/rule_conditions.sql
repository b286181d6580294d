with conditional_rules as (

    {% for rules in ['signal_rules', 'activity_rules'] %}
        select
            ruleset,
            rule_id,
            if_signal as signal,
            {{ wanted_values('if_value') }} as wanted
        from {{ ref(rules) }}
        where if_signal is not null
        {{ 'union all' if not loop.last }}
    {% endfor %}

),

matched as (

    {{ unpivoted_signals(
        'conditional_rules', value_matches('signals.value_text', 'rules.wanted')
    ) }}

)

select
    lead_id,
    valid_from,
    ruleset,
    rule_id
from matched
