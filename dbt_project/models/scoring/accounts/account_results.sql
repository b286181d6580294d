with account_points as (

    select * from {{ ref('account_points') }}

),

account_grades as (

    select * from {{ ref('account_grades') }}

),

account_conditions as (

    select * from {{ ref('account_conditions') }}

),

qualification_rows as (

    select * from {{ ref('qualification_rows') }}

),

qualification as (

    select * from {{ ref('qualification') }}

),

rulesets as (

    select * from {{ ref('account_rulesets') }}

),

-- The first row of which every condition holds.
qualified as (

    select
        account_points.account_id,
        min(asked.row_order) as row_order
    from account_points
    inner join account_grades
        on account_points.account_id = account_grades.account_id
    inner join qualification_rows as asked
        on account_points.ruleset = asked.ruleset
    left join account_conditions
        on
            account_points.account_id = account_conditions.account_id
            and asked.if_condition_id = account_conditions.condition_id
    where
        {{ reaches_grade('account_grades', 'asked') }}
        and coalesce(account_points.total_points >= asked.min_points, true)
        and coalesce(
            account_points.behavioral_points >= asked.min_behavioral_points, true
        )
        and (
            asked.if_signal is null
            or account_conditions.account_id is not null
        )
    group by account_points.account_id

),

results as (

    select
        account_points.account_id,
        rulesets.ruleset,
        rulesets.ruleset_fingerprint,
        {% for dimension in dimensions() %}
            account_points.{{ dimension }}_points,
        {% endfor %}
        account_points.adjustment_points,
        account_points.total_points,
        {{ score_curve(
            'account_points.total_points', 'rulesets.curve_points',
            'rulesets.score_at_curve_points'
        ) }} as score,
        account_grades.grade,
        qualification.stage,
        qualification.priority,
        qualification.queue,
        qualification.action
    from account_points
    inner join rulesets
        on account_points.ruleset = rulesets.ruleset
    inner join account_grades
        on account_points.account_id = account_grades.account_id
    -- An account for which no row holds has no stage, but is not lost.
    left join qualified
        on account_points.account_id = qualified.account_id
    left join qualification
        on
            account_points.ruleset = qualification.ruleset
            and qualified.row_order = qualification.row_order

)

select * from results
