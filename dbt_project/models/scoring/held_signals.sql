with rules as (

    select
        * exclude (value_text),
        {{ wanted_values('value_text') }} as wanted
    from {{ ref('keyed_rules') }}
    where signal is not null and repeats is null

),

conditions as (

    select * from {{ ref('rule_conditions') }}

),

{{ matched_signals(
    'rules',
    '(rules.min_value is null or signals.value_number >= rules.min_value)'
    ~ ' and (rules.max_value is null or signals.value_number < rules.max_value)'
) }},

held as (

    select matched.*
    from matched
    where matched.if_signal is null

    union all

    select matched.*
    from matched
    inner join conditions
        on
            matched.span_id = conditions.span_id
            and matched.rule_key = conditions.rule_key
    where matched.if_signal is not null

)

select
    span_id,
    rule_key,
    value_text as matched_value
from held
