{{ config(materialized='view') }}

with signals as (

    select * from {{ ref('int_lead_signals') }}
    where value_text != '(missing)'

),

graded_rules as (

    select distinct
        ruleset,
        rule_group,
        signal
    from {{ ref('signal_rules') }}
    where
        grade_thirds is not null
        -- A negative rule looks at a signal again that fit has counted already.
        and dimension in ('demographic', 'firmographic')

),

known as (

    select
        signals.lead_id,
        signals.valid_from,
        graded_rules.ruleset,
        count(distinct graded_rules.rule_group) as known_criteria
    from signals
    inner join graded_rules
        on signals.signal = graded_rules.signal
    group by signals.lead_id, signals.valid_from, graded_rules.ruleset

)

select * from known
