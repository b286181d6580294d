with rates as (

    select
        target,
        ruleset,
        value as letter,
        cast(item as integer) as min_points,
        leads,
        successes,
        rate,
        rate_low,
        rate_high
    from {{ ref('success_rates') }}
    where item_kind = 'threshold'

),

crossings as (

    select * from {{ ref('threshold_crossings') }}

),

-- At the least threshold everybody qualifies.
everybody as (

    select
        *,
        max(leads) over of_letter as all_leads,
        max(successes) over of_letter as all_successes
    from rates
    window of_letter as (partition by target, ruleset, letter)

),

measured as (

    select
        everybody.*,
        everybody.successes / nullif(everybody.all_successes, 0) as recall,
        1 - (everybody.leads - everybody.successes)
        / nullif(everybody.all_leads - everybody.all_successes, 0) as specificity,
        (
            everybody.all_leads - everybody.all_successes
            - everybody.leads + 2 * everybody.successes
        ) / everybody.all_leads as accuracy,
        2 * everybody.successes
        / nullif(everybody.leads + everybody.all_successes, 0) as f1,
        crossings.mqls_per_week
    from everybody
    left join crossings
        on
            everybody.target = crossings.target
            and everybody.ruleset = crossings.ruleset
            and everybody.letter = crossings.letter
            and everybody.min_points = crossings.min_points

)

select * from measured
