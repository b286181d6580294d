with qualification as (

    select * from {{ ref('qualification') }}

),

stage_orders as (

    select * from {{ ref('stage_orders') }}

),

asked_activities as (

    select * from {{ ref('asked_activities') }}

),

asked_conditions as (

    select * from {{ ref('asked_conditions') }}

),

told as (

    select
        qualification.*,
        stage_orders.stage_order,
        nullif(
            concat_ws(
                '; ',
                case qualification.min_grade
                    when '-' then 'no grade, too little is known'
                    else 'grade ' || qualification.min_grade || ' or better'
                end,
                {{ number_words('qualification.min_points') }} || ' points or more',
                {{ number_words('qualification.min_behavioral_points') }}
                || ' points or more for what they did',
                asked_activities.words || coalesce(
                    ' in the last ' || qualification.within_days || ' days', ''
                ),
                asked_conditions.words
            ), ''
        ) as words
    from qualification
    left join stage_orders
        on
            qualification.ruleset = stage_orders.ruleset
            and qualification.stage = stage_orders.stage
    left join asked_activities
        on qualification.if_activity = asked_activities.asked
    left join asked_conditions
        on
            qualification.ruleset = asked_conditions.ruleset
            and {{ condition('qualification.if_signal', 'qualification.if_value') }}
            = asked_conditions.condition

),

published as (

    select
        ruleset,
        row_order as position,
        stage,
        stage_order,
        coalesce({{ sentence('words') }}, 'Everybody else') as asks,
        is_mql,
        priority,
        queue,
        action,
        sla_hours
    from told

)

select * from published
