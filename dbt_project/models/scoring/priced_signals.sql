with rules as (

    select
        *,
        {{ wanted_values('value_text') }} as wanted
    from {{ ref('signal_rules') }}

),

conditions as (

    select * from {{ ref('rule_conditions') }}

),

-- A rule that names values is looked up by them, which is faster than comparing.
by_value as (

    select
        * exclude (value_text),
        unnest(list_distinct(string_split(trim(wanted, '|'), '|'))) as wanted_value
    from rules
    where starts_with(wanted, '|')

),

by_comparison as (

    select
        * exclude (value_text),
        null as wanted_value
    from rules
    where wanted is null or not starts_with(wanted, '|')

),

matched as not materialized (

    {% set in_bounds %}
        (rules.min_value is null or signals.value_number >= rules.min_value)
        and (rules.max_value is null or signals.value_number < rules.max_value)
    {% endset %}

    {{ unpivoted_signals(
        'by_value', 'signals.value_text = rules.wanted_value and ' ~ in_bounds
    ) }}

    union all

    {{ unpivoted_signals(
        'by_comparison',
        value_matches('signals.value_text', 'rules.wanted') ~ ' and ' ~ in_bounds
    ) }}

),

held as (

    select matched.*
    from matched
    where matched.if_signal is null

    union all

    select matched.*
    from matched
    inner join conditions
        on
            matched.lead_id = conditions.lead_id
            and matched.valid_from = conditions.valid_from
            and matched.ruleset = conditions.ruleset
            and matched.rule_id = conditions.rule_id
    where matched.if_signal is not null

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
    value_text as matched_value
from held
