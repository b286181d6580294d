with rates as (

    select * from {{ ref('threshold_rates') }}

),

quartiles as (

    select * from {{ ref('points_quartiles') }}

),

targets as (

    select * from {{ ref('targets') }}

),

-- Marked is the least threshold that does it, all grades taken together.
marks as (

    select
        rates.target,
        rates.ruleset,
        'wanted rate' as mark,
        min(rates.min_points) as min_points
    from rates
    inner join targets
        on rates.target = targets.target
    where
        rates.letter = ''
        and rates.rate >= coalesce(targets.wanted_rate, 0.8)
        and rates.successes >= {{ fewest_successes() }}
    group by rates.target, rates.ruleset

    union all

    select
        rates.target,
        rates.ruleset,
        'capacity' as mark,
        min(rates.min_points) as min_points
    from rates
    inner join targets
        on rates.target = targets.target
    where
        rates.letter = ''
        and rates.mqls_per_week <= coalesce(targets.calls_per_week, 50)
    group by rates.target, rates.ruleset

    union all

    select
        target,
        ruleset,
        'balance' as mark,
        arg_min(min_points, abs(recall - specificity)) as min_points
    from rates
    where letter = ''
    group by target, ruleset

    union all

    select
        quartiles.target,
        quartiles.ruleset,
        quartiles.quartile as mark,
        max(rates.min_points) as min_points
    from quartiles
    inner join rates
        on
            quartiles.target = rates.target
            and quartiles.ruleset = rates.ruleset
            and rates.letter = ''
            and quartiles.points >= rates.min_points
    group by quartiles.target, quartiles.ruleset, quartiles.quartile

),

marks_of_thresholds as (

    select
        target,
        ruleset,
        min_points,
        string_agg(mark, ', ' order by mark) as marks
    from marks
    group by target, ruleset, min_points

),

performance as (

    select
        rates.target,
        rates.ruleset,
        coalesce(nullif(rates.letter, ''), 'all') as grade_letter,
        rates.min_points,
        rates.leads,
        rates.mqls_per_week,
        rates.successes,
        rates.rate as precision_rate,
        rates.rate_low as precision_low,
        rates.rate_high as precision_high,
        rates.recall,
        rates.specificity,
        rates.f1,
        rates.accuracy,
        rates.mqls_per_week * rates.rate as expected_successes_per_week,
        marks_of_thresholds.marks
    from rates
    left join marks_of_thresholds
        on
            rates.target = marks_of_thresholds.target
            and rates.ruleset = marks_of_thresholds.ruleset
            and rates.min_points = marks_of_thresholds.min_points
            and rates.letter = ''

)

select * from performance
