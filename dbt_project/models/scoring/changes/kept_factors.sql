{# Two scored days stay: what a score is compared with and what it is. #}
{{ config(materialized='scored_days', kept_days=2) }}

with days as (

    select * from {{ ref('int_scored_days') }}
    qualify as_of_date in ({{ compared_date() }}, max(as_of_date) over ())

),

spans as (

    select
        days.as_of_date,
        spans.span_id,
        spans.lead_id
    from {{ ref('int_lead_spans') }} as spans
    inner join days
        on days.as_of_date between spans.valid_from and spans.valid_to

),

rules as (

    select * from {{ ref('priced_rules') }}

),

met_conditions as (

    select * from {{ ref('met_conditions') }}
    where
        span_id in (select spans.span_id from spans)
        and condition_id in (select rules.condition_id from rules)

),

factors as (

    select * from {{ ref('factors') }}
    union all by name
    select * from {{ ref('cap_factors') }}

),

kept as (

    select
        spans.as_of_date,
        spans.lead_id,
        factors.rule_key,
        cast(factors.points as decimal(18, 4)) as points,
        met_conditions.value_name as matched_value,
        factors.occurrences,
        factors.days,
        factors.first_at,
        factors.last_at
    from factors
    inner join spans
        on factors.span_id = spans.span_id
    inner join rules
        on factors.rule_key = rules.rule_key
    left join met_conditions
        on
            factors.span_id = met_conditions.span_id
            and rules.condition_id = met_conditions.condition_id

)

select * from kept
