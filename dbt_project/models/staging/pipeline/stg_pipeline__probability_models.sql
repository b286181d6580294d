with source as (

    select * from {{ source('raw', 'probability_models') }}

),

renamed as (

    select
        model,
        target,
        horizon_days,
        is_first_target,
        ruleset,
        ruleset_fingerprint,
        input,
        intercept,
        slope,
        var_intercept,
        covariance,
        var_slope,
        trained_on,
        cut_offs,
        leads,
        successes,
        brier,
        brier_of_base_rate,
        is_in_force,
        reason,
        trained_at

    from source

)

select * from renamed
