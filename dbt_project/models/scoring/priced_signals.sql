with signals as (

    select * from {{ ref('int_lead_signals') }}

),

rules as (

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
        *,
        unnest(list_distinct(string_split(trim(wanted, '|'), '|'))) as wanted_value
    from rules
    where starts_with(wanted, '|')

),

by_comparison as (

    select * from rules
    where wanted is null or not starts_with(wanted, '|')

),

matched as (

    {% for rules in ['by_value', 'by_comparison'] %}
        select
            signals.lead_id,
            signals.valid_from,
            rules.ruleset,
            rules.dimension,
            rules.rule_group,
            rules.rule_id,
            rules.if_signal,
            rules.points,
            rules.grade_thirds,
            signals.value_text as matched_value
        from signals
        inner join {{ rules }} as rules
            on
                signals.signal = rules.signal
                and {{
                    'signals.value_text = rules.wanted_value' if rules == 'by_value'
                    else value_matches('signals.value_text', 'rules.wanted')
                }}
                and (rules.min_value is null or signals.value_number >= rules.min_value)
                and (rules.max_value is null or signals.value_number < rules.max_value)
        {{ 'union all' if not loop.last }}
    {% endfor %}

),

priced as (

    select matched.*
    from matched
    left join conditions
        on
            matched.lead_id = conditions.lead_id
            and matched.valid_from = conditions.valid_from
            and matched.ruleset = conditions.ruleset
            and matched.rule_id = conditions.rule_id
    where matched.if_signal is null or conditions.lead_id is not null

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
