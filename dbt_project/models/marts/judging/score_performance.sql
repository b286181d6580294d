with rates as (

    select * from {{ ref('success_rates') }}
    where
        item_kind in (
            'all', 'tenth', 'points', 'grade', 'level', 'segment', 'stage'
        )
        and scope != 'first'

),

grades as (

    select * from {{ ref('grades') }}

),

ladders as (

    select
        ruleset,
        max(position) as steps
    from grades
    group by ruleset

),

-- From the best band to the worst; points say their order themselves, segments and
-- stages are in none.
ordered as (

    select
        rates.*,
        case
            when rates.item_kind in ('tenth', 'level')
                then cast(rates.item as integer)
            when rates.item_kind = 'grade'
                then 1 + ladders.steps - coalesce(grades.position, 0)
        end as band_order
    from rates
    inner join ladders
        on rates.ruleset = ladders.ruleset
    left join grades
        on
            rates.ruleset = grades.ruleset
            and rates.item_kind = 'grade'
            and rates.item = grades.grade

),

performance as (

    select
        target,
        ruleset,
        try_cast(scope as date) as cut_off,
        item_kind as band_kind,
        item as band,
        band_order,
        people,
        leads,
        successes,
        rate,
        rate_low,
        rate_high,
        base_rate,
        lift,
        lift_low,
        lift_high,
        if(
            band_order is null,
            null,
            sum(leads) over best_first / sum(leads) over of_kind
        ) as share_of_leads,
        if(
            band_order is null,
            null,
            sum(successes) over best_first / nullif(sum(successes) over of_kind, 0)
        ) as gain,
        amount,
        cast(median_days as double) as median_days
    from ordered
    window
        of_kind as (partition by target, ruleset, scope, item_kind),
        best_first as (
            partition by target, ruleset, scope, item_kind order by band_order
        )

)

select * from performance
