with factors as (

    select
        changed.*,
        rules.counting_id
    from {{ ref('changed_factors') }} as changed
    inner join {{ ref('priced_rules') }} as rules
        on
            changed.rule_key = rules.rule_key
            and rules.counting_id is not null
            and rules.if_condition_id is not null

),

aged_points as (

    select * from {{ ref('aged_points') }}

),

spans as (

    select * from {{ ref('int_lead_spans') }}
    where valid_to = {{ as_of_to() }}

),

began as (

    select
        factors.lead_id,
        factors.ruleset,
        factors.rule_id
    from factors
    left join aged_points
        on
            factors.lead_id = aged_points.lead_id
            and factors.rule_key = aged_points.rule_key
    where
        factors.previous_points is null
        -- The activities were there before; without a row they are the same.
        and (aged_points.points is null or aged_points.points != 0)

),

gone as (

    select
        factors.lead_id,
        factors.ruleset,
        factors.rule_id,
        factors.counting_id,
        spans.span_id
    from factors
    inner join spans
        on factors.lead_id = spans.lead_id
    where factors.points is null

),

counts_of_gone as (

    select counts.*
    from {{ ref('activity_counts') }} as counts
    semi join gone
        on
            counts.span_id = gone.span_id
            and counts.counting_id = gone.counting_id

),

-- What the activities of today are worth whether or not the condition holds.
units as (

    {{ activity_units_of('counts_of_gone', 'span_id') }}

),

ceased as (

    select distinct
        gone.lead_id,
        gone.ruleset,
        gone.rule_id
    from gone
    inner join units
        on
            gone.span_id = units.span_id
            and gone.counting_id = units.counting_id

)

select * from began

union all

select * from ceased
