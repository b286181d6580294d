with stability as (

    select * from {{ ref('stability') }}

),

rates as (

    select * from {{ ref('rates_beside') }}

),

-- Chance alone moves the index so much: 95 % of a chi square stay below (Yurdakul and
-- Naranjo 2020, Statistical properties of the population stability index).
by_index as (

    select
        kind,
        '' as target,
        ruleset,
        item,
        cut_off,
        cast(null as double) as before,
        cast(null as double) as now,
        stability_index,
        case
            when
                least(leads_now, leads_before)
                < {{ fewest_successes() }} * greatest(kinds, 2)
                then 'too few to say'
            when
                stability_index > 0.25
                and stability_index > (
                    kinds - 1 + {{ normal_deviate() }} * sqrt(2 * (kinds - 1))
                ) * (1 / leads_now + 1 / leads_before)
                then 'shifted'
            else 'stable'
        end as verdict
    from stability

),

by_rate as (

    select
        'base rate' as kind,
        rates.target,
        rates.ruleset,
        'all' as item,
        rates.cut_off,
        rates.rate_before as before,
        rates.rate as now,
        cast(null as double) as stability_index,
        case
            when rates.leads_wanting is null or rates.leads_wanting > 0
                then 'too few to say'
            when
                abs(rates.rate - rates.rate_before)
                > {{ normal_deviate() }}
                * sqrt(pow(rates.error_of_rate, 2) + pow(rates.error_of_rate_before, 2))
                then 'shifted'
            else 'stable'
        end as verdict
    from rates

),

by_calibration as (

    select
        'calibration' as kind,
        rates.target,
        rates.ruleset,
        'all' as item,
        rates.cut_off,
        rates.ratio_before as before,
        rates.ratio as now,
        cast(null as double) as stability_index,
        case
            when rates.leads_wanting is null or rates.leads_wanting > 0
                then 'too few to say'
            when rates.successes = 0 and rates.ratio_high < rates.ratio_before
                then 'shifted'
            when
                abs(ln(nullif(rates.ratio, 0) / nullif(rates.ratio_before, 0)))
                > {{ normal_deviate() }}
                * sqrt(
                    pow(rates.error_of_ratio, 2) + pow(rates.error_of_ratio_before, 2)
                )
                then 'shifted'
            else 'stable'
        end as verdict
    from rates

)

select * from by_index
union all
select * from by_rate
union all
select * from by_calibration
