{{ config(materialized='view') }}

with spans as (

    select * from {{ ref('int_lead_spans') }}

),

adjustments as (

    select * from {{ ref('int_lead_adjustments') }}

),

rules as (

    select * from {{ ref('priced_rules') }}

),

in_force as (

    select
        spans.span_id,
        rules.rule_key,
        rules.ruleset,
        rules.dimension,
        rules.rule_group,
        adjustments.points
    from adjustments
    inner join spans
        on
            adjustments.lead_id = spans.lead_id
            and spans.valid_from
            between adjustments.valid_from and adjustments.valid_to
    inner join rules
        on
            adjustments.ruleset = rules.ruleset
            and 'manual:' || adjustments.adjustment_id = rules.rule_id

)

select * from in_force
