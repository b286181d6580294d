with factors as (

    select * from {{ ref('changed_factors') }}

),

aged_points as (

    select * from {{ ref('aged_points') }}

),

conditional_rules as (

    select rule_key
    from {{ ref('keyed_rules') }}
    where activity is not null and if_signal is not null and repeats is null

),

spans as (

    select * from {{ ref('int_lead_spans') }}
    where valid_to = {{ as_of_to() }}

),

-- What the activities of today are worth whether or not the condition holds.
units as (

    select
        spans.lead_id,
        units.rule_key
    from {{ ref('activity_units') }} as units
    inner join spans
        on units.span_id = spans.span_id

),

began as (

    select
        factors.lead_id,
        factors.ruleset,
        factors.rule_id
    from factors
    inner join conditional_rules
        on factors.rule_key = conditional_rules.rule_key
    left join aged_points
        on
            factors.lead_id = aged_points.lead_id
            and factors.rule_key = aged_points.rule_key
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
        on factors.rule_key = conditional_rules.rule_key
    inner join units
        on
            factors.lead_id = units.lead_id
            and factors.rule_key = units.rule_key
    where factors.points is null

),

changed as (

    select * from began

    union all

    select * from ceased

)

select * from changed
