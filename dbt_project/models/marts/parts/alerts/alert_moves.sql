with history as (

    select * from {{ ref('lead_score_history') }}

),

rulesets as (

    select * from {{ ref('shown_rulesets') }}

),

days as (

    select * from {{ ref('alert_days') }}

),

alerts as (

    select * from {{ ref('alert_limits') }}

),

leads as (

    select
        history.lead_id,
        history.ruleset,
        count(*) < min(days.day_count) as came_or_went,
        min(history.stage) as stage,
        min(history.stage) != max(history.stage) as stage_moved,
        min(history.grade) as grade,
        min(history.grade) != max(history.grade) as grade_moved,
        min(history.engagement_level) as best_level,
        max(history.engagement_level) as worst_level,
        max(history.total_points) as most_points,
        min(history.total_points) as least_points,
        max(history.score) as most_score,
        min(history.score) as least_score
    from history
    inner join days
        on
            history.ruleset = days.ruleset
            and history.as_of_date = days.as_of_date
    where history.ruleset in (select rulesets.ruleset from rulesets)
    group by history.lead_id, history.ruleset

),

-- Of a grade and a stage one of the values: of those that moved nothing more is asked.
measured as (

    select
        leads.lead_id,
        leads.ruleset,
        leads.came_or_went,
        alerts.alert,
        alerts.enters_at,
        alerts.stays_at,
        (alerts.measure = 'stage' and leads.stage_moved)
        or (alerts.measure = 'grade' and leads.grade_moved) as is_other,
        list_contains(alerts.entered_stages, leads.stage) as is_entered_stage,
        coalesce(
            not list_contains(alerts.left_stages, leads.stage), false
        ) as is_no_left_stage,
        {{ measured(
            'alerts.measure',
            'leads.grade', 'leads.best_level', 'leads.most_points', 'leads.most_score'
        ) }} as best,
        {{ measured(
            'alerts.measure',
            'leads.grade', 'leads.worst_level', 'leads.least_points',
            'leads.least_score'
        ) }} as worst
    from leads
    cross join alerts

),

judged as (

    select
        lead_id,
        ruleset,
        alert,
        came_or_went,
        is_other
        or coalesce(best >= enters_at and worst < enters_at, false)
        or coalesce(best >= stays_at and worst < stays_at, false) as moved,
        coalesce(best >= enters_at, is_entered_stage) as was_in,
        coalesce(best >= stays_at, is_no_left_stage) as was_between
    from measured

),

moves as (

    select
        lead_id,
        ruleset,
        alert,
        moved or (came_or_went and was_in) as is_sure
    from judged
    where moved or came_or_went or (was_between and not was_in)

)

select * from moves
