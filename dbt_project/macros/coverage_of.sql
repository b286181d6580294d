{#
  How complete each `who` is under each of `rulesets`, and whether enough is known to
  grade it.
#}
{% macro coverage_of(whose, rulesets, conditions_met, criteria, who) %}
with covered as (

    select distinct {{ who }}
    from {{ whose }}

),

met as (

    select * from {{ conditions_met }}

),

conditions as (

    select * from {{ ref('conditions') }}

),

rulesets as (

    select * from {{ rulesets }}

),

asked as (

    select distinct
        rules.ruleset,
        rules.signal,
        conditions.condition_id
    from {{ ref('signal_rules') }} as rules
    inner join conditions
        on
            {{ condition(asked_signal('rules.signal', 'rules.ruleset'), "'*'") }}
            = conditions.condition

),

known as (

    select
        met.{{ who }},
        asked.ruleset,
        count(distinct asked.signal) as signals
    from met
    inner join asked
        on met.condition_id = asked.condition_id
    group by met.{{ who }}, asked.ruleset

),

-- One criterion says too little about anybody; and what is undecided may not be able
-- to move the grade further than what is decided.
gradable as (

    select
        {{ who }},
        ruleset
    from {{ criteria }}
    group by {{ who }}, ruleset
    having
        count(*) filter (where is_known) > 1
        and 2 * sum(most_thirds) filter (where is_decided) >= sum(most_thirds)

),

asked_in_all as (

    select
        ruleset,
        count(distinct signal) as signals
    from asked
    group by ruleset

),

coverage as (

    select
        covered.{{ who }},
        rulesets.ruleset,
        gradable.{{ who }} is not null as is_gradable,
        -- Of a ruleset that asks for nothing, nothing is missing.
        cast(coalesce(
            100.0 * coalesce(known.signals, 0) / asked_in_all.signals, 100
        ) as decimal(5, 2)) as completeness_pct
    from covered
    cross join rulesets
    left join known
        on
            covered.{{ who }} = known.{{ who }}
            and rulesets.ruleset = known.ruleset
    left join gradable
        on
            covered.{{ who }} = gradable.{{ who }}
            and rulesets.ruleset = gradable.ruleset
    left join asked_in_all
        on rulesets.ruleset = asked_in_all.ruleset

)

select * from coverage
{% endmacro %}
