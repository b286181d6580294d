with moves as (

    select * from {{ ref('alert_moves') }}

),

handovers as (

    select * from {{ ref('handovers') }}

),

alerts as (

    select * from {{ ref('alert_limits') }}

),

history as (

    select * from {{ ref('lead_score_history') }}
    where as_of_date between {{ crossings_from() }} and {{ as_of_to() }}

),

rulesets as (

    select distinct ruleset
    from {{ ref('shown_rulesets') }}

),

handed_over as (

    select previous_lead_id as lead_id from handovers
    union
    select lead_id from handovers

),

were_in as (

    select
        moves.lead_id,
        moves.ruleset,
        moves.alert
    from moves
    inner join alerts
        on moves.alert = alerts.alert
    inner join history
        on
            moves.lead_id = history.lead_id
            and moves.ruleset = history.ruleset
    where
        not moves.is_sure
        and (
            list_contains(alerts.entered_stages, history.stage)
            or {{ measured(
                'alerts.measure',
                'history.grade', 'history.engagement_level', 'history.total_points',
                'history.score'
            ) }} >= alerts.enters_at
        )

),

candidates as (

    select
        lead_id,
        ruleset,
        alert
    from moves
    where is_sure
    union
    select * from were_in
    union
    select
        handed_over.lead_id,
        rulesets.ruleset,
        alerts.alert
    from handed_over
    cross join rulesets
    cross join alerts

)

select * from candidates
