{#
  For each `who` and rule group of `rulesets` that grades fit: how far the group can
  move the grade, and what is known of it.
#}
{% macro criteria_of(whose, rulesets, conditions_met, rules_held, who) %}
with graded as (

    select distinct {{ who }}
    from {{ whose }}

),

met as (

    select * from {{ conditions_met }}

),

conditions as (

    select * from {{ ref('conditions') }}

),

-- A negative rule looks at a signal again that fit has counted already.
graded_rules as (

    select signal_rules.*
    from {{ ref('signal_rules') }} as signal_rules
    inner join {{ rulesets }} as rulesets
        on signal_rules.ruleset = rulesets.ruleset
    where
        signal_rules.grade_thirds is not null
        and signal_rules.dimension in ('demographic', 'firmographic')

),

criteria as (

    select
        ruleset,
        rule_group,
        max(abs(grade_thirds)) as most_thirds
    from graded_rules
    group by ruleset, rule_group

),

known as (

    select distinct
        met.{{ who }},
        graded_rules.ruleset,
        graded_rules.rule_group
    from graded_rules
    inner join conditions
        on
            {{ condition(
                asked_signal('graded_rules.signal', 'graded_rules.ruleset'), "'*'"
            ) }} = conditions.condition
    inner join met
        on conditions.condition_id = met.condition_id

),

-- A rule on `(missing)` says what an unknown value is worth.
judged as (

    select distinct
        {{ who }},
        ruleset,
        rule_group
    from {{ rules_held }}
    where grade_thirds is not null

),

described as (

    select
        graded.{{ who }},
        criteria.ruleset,
        criteria.rule_group,
        criteria.most_thirds,
        known.{{ who }} is not null as is_known,
        coalesce(known.{{ who }}, judged.{{ who }}) is not null as is_decided
    from graded
    cross join criteria
    left join known
        on
            graded.{{ who }} = known.{{ who }}
            and criteria.ruleset = known.ruleset
            and criteria.rule_group = known.rule_group
    left join judged
        on
            graded.{{ who }} = judged.{{ who }}
            and criteria.ruleset = judged.ruleset
            and criteria.rule_group = judged.rule_group

)

select * from described
{% endmacro %}
