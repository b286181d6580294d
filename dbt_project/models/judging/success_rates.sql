with errors as (

    select
        *,
        successes / leads as rate,
        -- Where none or all succeeded, the exact limit for as many independent people
        -- (Clopper and Pearson 1934): one side of 95 %.
        pow(0.025, 1.0 / people) as exact_limit,
        {{ normal_deviate() }} * error_of_rate
        / nullif(successes / leads * (1 - successes / leads), 0) as spread
    from {{ ref('rate_errors') }}

),

rates as (

    select
        item_key,
        target,
        ruleset,
        scope,
        item_kind,
        item,
        value,
        people,
        leads,
        successes,
        base_rate,
        rate,
        case
            when successes = 0 then 0
            when successes = leads then exact_limit
            else {{ odds_moved('rate', '-spread') }}
        end as rate_low,
        case
            when successes = 0 then 1 - exact_limit
            when successes = leads then 1
            else {{ odds_moved('rate', 'spread') }}
        end as rate_high,
        error_of_rate,
        error_of_lift,
        expected,
        error_of_ratio,
        amount,
        median_days
    from errors

),

compared as (

    select
        * exclude (error_of_lift),
        rate / nullif(base_rate, 0) as lift,
        if(
            successes = 0,
            0 * base_rate,
            rate / base_rate * exp(-{{ normal_deviate() }} * error_of_lift)
        ) as lift_low,
        if(
            successes = 0,
            rate_high / nullif(base_rate, 0),
            rate / base_rate * exp({{ normal_deviate() }} * error_of_lift)
        ) as lift_high,
        successes / nullif(expected, 0) as ratio,
        if(
            successes = 0,
            0 * expected,
            successes / nullif(expected, 0)
            * exp(-{{ normal_deviate() }} * error_of_ratio)
        ) as ratio_low,
        -- None of so many expected: the exact limit of a Poisson count (Garwood 1936).
        if(
            successes = 0,
            -ln(0.025) / nullif(expected, 0),
            successes / nullif(expected, 0)
            * exp({{ normal_deviate() }} * error_of_ratio)
        ) as ratio_high,
        case
            when base_rate = 0 then null
            when greatest(successes, leads * base_rate) >= {{ fewest_successes() }}
                then 0
            else cast(
                ceil(({{ fewest_successes() }} - leads * base_rate) / base_rate)
                as bigint
            )
        end as leads_wanting
    from rates

)

select * from compared
