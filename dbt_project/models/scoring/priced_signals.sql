with signals as (

    select * from {{ ref('int_lead_signals') }}

),

rules as (

    select
        *,
        {{ wanted_values('value_text') }} as wanted
    from {{ ref('signal_rules') }}

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
            rules.if_value,
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

conditioned as (

    select matched.* from matched
    inner join signals
        on
            matched.lead_id = signals.lead_id
            and matched.valid_from = signals.valid_from
            and matched.if_signal = signals.signal
            and {{ value_matches(
                'signals.value_text', wanted_values('matched.if_value')
            ) }}
    where signals.signal in (select rules.if_signal from rules)

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
