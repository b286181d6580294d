with rates as (

    select
        *,
        cast(scope as date) as cut_off
    from {{ ref('success_rates') }}
    where item_kind = 'all' and scope not in ('all', 'first')

),

-- Errors of the same people at several cut-offs add up at the most.
before as (

    select
        rates.target,
        rates.ruleset,
        rates.cut_off,
        sum(earlier.successes) / sum(earlier.leads) as rate,
        sum(earlier.successes) / nullif(sum(earlier.expected), 0) as ratio,
        sum(earlier.leads * earlier.error_of_rate) / sum(earlier.leads)
            as error_of_rate,
        sum(earlier.successes * earlier.error_of_ratio)
        / nullif(sum(earlier.successes), 0) as error_of_ratio
    from rates
    inner join rates as earlier
        on
            rates.target = earlier.target
            and rates.ruleset = earlier.ruleset
            and rates.cut_off > earlier.cut_off
    group by rates.target, rates.ruleset, rates.cut_off

),

beside as (

    select
        rates.target,
        rates.ruleset,
        rates.cut_off,
        rates.successes,
        rates.rate,
        rates.error_of_rate,
        rates.ratio,
        rates.ratio_high,
        rates.error_of_ratio,
        rates.leads_wanting,
        before.rate as rate_before,
        before.error_of_rate as error_of_rate_before,
        before.ratio as ratio_before,
        before.error_of_ratio as error_of_ratio_before
    from rates
    inner join before
        on
            rates.target = before.target
            and rates.ruleset = before.ruleset
            and rates.cut_off = before.cut_off

)

select * from beside
