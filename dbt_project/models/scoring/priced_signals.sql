with rules as (

    select
        *,
        {{ wanted_values('value_text') }} as wanted
    from {{ ref('keyed_rules') }}
    where signal is not null and repeats is null

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
            matched.span_id = conditions.span_id
            and matched.rule_key = conditions.rule_key
    where matched.if_signal is not null

)

select
    span_id,
    rule_key,
    points,
    value_text as matched_value
from held
