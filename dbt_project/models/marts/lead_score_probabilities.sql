with results as (

    select * from {{ ref('lead_results') }}
    where
        valid_to = {{ as_of_to() }}
        and not is_excluded

),

models as (

    select * from {{ ref('stg_pipeline__probability_models') }}
    where is_in_force

),

-- A model says nothing of other rules than those it was fitted to.
joined as (

    select
        results.lead_id,
        models.*,
        cast(
            if(models.input = 'score', results.score, results.total_points) as double
        ) as points
    from results
    inner join models
        on
            results.ruleset = models.ruleset
            and results.ruleset_fingerprint = models.ruleset_fingerprint

),

curves as (

    select
        *,
        intercept + slope * points as log_odds,
        {{ normal_deviate() }} * sqrt(greatest(
            0,
            var_intercept + covariance * points
            + (covariance + var_slope * points) * points
        )) as spread
    from joined

),

probabilities as (

    select
        lead_id,
        {{ as_of_to() }} as as_of_date,
        ruleset,
        target,
        horizon_days,
        is_first_target,
        {{ share_of_odds('log_odds') }} as probability,
        {{ share_of_odds('log_odds - spread') }} as low,
        {{ share_of_odds('log_odds + spread') }} as high,
        model
    from curves

)

select * from probabilities
