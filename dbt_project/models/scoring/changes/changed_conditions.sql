with factors as (

    select * from {{ ref('changed_factors') }}

),

aged_points as (

    select * from {{ ref('aged_points') }}

),

conditional_rules as (

    select
        ruleset,
        rule_id
    from {{ ref('activity_rules') }}
    where if_signal is not null

),

spans as (

    select * from {{ ref('int_lead_spans') }}
    where valid_to = {{ as_of_to() }}

),

-- What the activities of today are worth whether or not the condition holds.
units as (

    select units.*
    from {{ ref('activity_units') }} as units
    inner join spans
        on
            units.lead_id = spans.lead_id
            and units.valid_from = spans.valid_from

),

began as (

    select
        factors.lead_id,
        factors.ruleset,
        factors.rule_id
    from factors
    inner join conditional_rules
        on
            factors.ruleset = conditional_rules.ruleset
            and factors.rule_id = conditional_rules.rule_id
    left join aged_points
        on
            factors.lead_id = aged_points.lead_id
            and factors.ruleset = aged_points.ruleset
            and factors.rule_id = aged_points.rule_id
    where
        factors.previous_points is null
        -- The activities were there before; without a row they are the same.
        and (aged_points.points is null or aged_points.points != 0)

),

ceased as (

    select distinct
        factors.lead_id,
        factors.ruleset,
        factors.rule_id
    from factors
    inner join conditional_rules
        on
            factors.ruleset = conditional_rules.ruleset
            and factors.rule_id = conditional_rules.rule_id
    inner join units
        on
            factors.lead_id = units.lead_id
            and factors.ruleset = units.ruleset
            and factors.rule_id = units.rule_id
    where factors.points is null

),

changed as (

    select * from began

    union all

    select * from ceased

)

select * from changed
