with candidates as (

    select * from {{ ref('alert_candidates') }}

),

history as (

    select * from {{ ref('lead_score_history') }}
    where as_of_date between {{ crossings_from() }} and {{ as_of_to() }}

),

alerts as (

    select * from {{ ref('alert_limits') }}

),

measured as (

    select
        history.lead_id,
        history.ruleset,
        candidates.alert,
        history.as_of_date,
        history.ruleset_fingerprint,
        history.stage,
        history.grade,
        history.engagement_level,
        -- Rounded down, so that no points look as if they had reached a limit.
        cast(
            floor(history.total_points * 100) / 100 as decimal(18, 2)
        ) as total_points,
        history.score,
        alerts.measure,
        alerts.entered_stages,
        alerts.left_stages,
        alerts.enters_at,
        alerts.stays_at,
        {{ measured(
            'alerts.measure',
            'history.grade', 'history.engagement_level', 'history.total_points',
            'history.score'
        ) }} as measured
    from history
    inner join candidates
        on
            history.lead_id = candidates.lead_id
            and history.ruleset = candidates.ruleset
    inner join alerts
        on candidates.alert = alerts.alert

),

-- Beyond one of the limits; null between the two.
marked as (

    select
        lead_id,
        ruleset,
        alert,
        as_of_date,
        ruleset_fingerprint,
        stage,
        case measure
            when 'stage' then coalesce(stage, '')
            when 'grade' then grade
            when 'engagement_level' then cast(engagement_level as varchar)
            when 'total_points' then {{ number_text('total_points') }}
            else {{ number_text('score') }}
        end as value,
        case
            when
                list_contains(entered_stages, stage) or measured >= enters_at
                then true
            when
                measured < stays_at
                or (measure = 'stage' and left_stages is null)
                or list_contains(left_stages, stage)
                then false
        end as mark
    from measured

),

states as (

    select
        lead_id,
        ruleset,
        alert,
        as_of_date,
        ruleset_fingerprint,
        stage,
        value,
        coalesce(
            last_value(mark ignore nulls) over (
                partition by lead_id, ruleset, alert order by as_of_date
                range between interval {{ look_back_days() }} day preceding
                and current row
            ),
            false
        ) as is_in
    from marked

),

followed as (

    select
        *,
        row_number() over same_lead as day_number,
        lag(as_of_date) over same_lead as previous_date,
        lag(is_in) over same_lead as was_in,
        lag(value) over same_lead as value_before,
        lag(ruleset_fingerprint) over same_lead as fingerprint_before
    from states
    window
        same_lead as (partition by lead_id, ruleset, alert order by as_of_date)

)

select * from followed
