with source as (

    select * from {{ source('raw', 'ruleset_decisions') }}

),

renamed as (

    select
        decided_at,
        scorecard,
        decision,
        ruleset,
        ruleset_before,
        ruleset_fingerprint,
        ruleset_fingerprint_before,
        decided_by,
        because,
        verdict,
        target,
        horizon_days,
        first_cut_off,
        last_cut_off,
        cut_offs,
        lead_count,
        success_count,
        people_succeeded,
        auc,
        auc_before,
        auc_change,
        auc_change_low,
        auc_change_high,
        volume,
        precision,
        precision_before,
        precision_change,
        precision_change_low,
        precision_change_high,
        lift,
        lift_before,
        lift_change,
        lift_change_low,
        lift_change_high,
        mqls_won,
        mqls_won_succeeded,
        mqls_lost,
        mqls_lost_succeeded,
        experiment,
        from_date,
        until_date,
        share,
        arm_leads,
        arm_leads_before,
        arm_successes,
        arm_successes_before,
        arm_mqls,
        arm_mqls_before,
        rate_change,
        rate_change_low,
        rate_change_high,
        leads_unfinished

    from source

)

select * from renamed
