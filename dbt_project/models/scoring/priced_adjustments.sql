with spans as (

    select * from {{ ref('int_lead_spans') }}

),

adjustments as (

    select * from {{ ref('int_lead_adjustments') }}

),

in_force as (

    select
        spans.span_id,
        adjustments.ruleset,
        adjustments.adjustment_id,
        adjustments.points
    from adjustments
    inner join spans
        on
            adjustments.lead_id = spans.lead_id
            and spans.valid_from
            between adjustments.valid_from and adjustments.valid_to

)

select * from in_force
