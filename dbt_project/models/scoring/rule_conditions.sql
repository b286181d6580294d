with conditional_rules as (

    select
        rule_key,
        if_signal as signal,
        {{ wanted_values('if_value') }} as wanted
    from {{ ref('keyed_rules') }}
    where if_signal is not null and repeats is null

),

{{ matched_signals('conditional_rules') }}

select
    span_id,
    rule_key
from matched
