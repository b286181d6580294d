-- A condition that `conditions` does not read would be none, and the rule hold for all.
with rules as (

    select * from {{ ref('priced_rules') }}

),

asked as (

    select
        ruleset,
        rule_id,
        signal,
        if_signal
    from {{ ref('signal_rules') }}

    union all

    select
        ruleset,
        rule_id,
        null as signal,
        if_signal
    from {{ ref('activity_rules') }}

)

select
    asked.ruleset,
    asked.rule_id
from asked
inner join rules
    on
        asked.ruleset = rules.ruleset
        and asked.rule_id = rules.rule_id
where
    (asked.signal is not null and rules.condition_id is null)
    or (asked.if_signal is not null and rules.if_condition_id is null)
