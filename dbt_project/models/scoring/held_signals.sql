with rules as (

    select
        * exclude (value_text),
        {{ wanted_values('value_text') }} as wanted
    from {{ ref('keyed_rules') }}
    where signal is not null and repeats is null

),

{{ matched_signals(
    'rules',
    '(rules.min_value is null or signals.value_number >= rules.min_value)'
    ~ ' and (rules.max_value is null or signals.value_number < rules.max_value)'
) }},

{{ held_under_conditions('matched') }}

select
    span_id,
    rule_key,
    value_text as matched_value
from held
