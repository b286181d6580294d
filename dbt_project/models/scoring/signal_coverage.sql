{{ config(materialized='view') }}

with known as (

    select * from {{ ref('int_known_signals') }}

),

rulesets as (

    select * from {{ ref('rulesets') }}

),

asked as (

    select distinct
        ruleset,
        signal,
        -- A negative rule looks at a signal again that fit has counted already.
        case
            when
                grade_thirds is not null
                and dimension in ('demographic', 'firmographic')
                then rule_group
        end as criterion
    from {{ ref('signal_rules') }}

),

patterns as (

    select distinct known_signals
    from known

),

asked_of_patterns as (

    select
        patterns.known_signals,
        rulesets.ruleset,
        asked.signal,
        asked.criterion,
        list_contains(
            string_split(patterns.known_signals, '|'), asked.signal
        ) as is_known
    from patterns
    cross join rulesets
    left join asked
        on rulesets.ruleset = asked.ruleset

),

counted as (

    select
        known_signals,
        ruleset,
        count(distinct criterion) filter (where is_known) as known_criteria,
        -- Of a ruleset that asks for nothing, nothing is missing.
        cast(coalesce(
            100.0 * count(distinct signal) filter (where is_known)
            / nullif(count(distinct signal), 0), 100
        ) as decimal(5, 2)) as completeness_pct
    from asked_of_patterns
    group by known_signals, ruleset

)

select * from counted
