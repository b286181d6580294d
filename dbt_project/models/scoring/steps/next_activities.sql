with effects as (

    select * from {{ ref('activity_effects') }}

),

activities as (

    select
        activity,
        min(position) as position,
        min_by(
            lower(left(description, 1)) || description[2:], position
        ) as words
    from {{ ref('activities') }}
    group by activity

),

-- Activities that change the same are one choice of several.
alike as (

    select
        effects.ruleset,
        effects.row_orders,
        effects.rows_begun_anew,
        effects.rows_added_to,
        any_value(effects.segments) as segments,
        list_contains(list(effects.activity), '*') as is_any,
        list(
            effects.activity order by activities.position, effects.activity
        ) as activities,
        list(
            coalesce(
                activities.words,
                'done ' || if(
                    effects.activity = '*',
                    'anything that counts as engagement',
                    replace(effects.activity, '_', ' ')
                )
            )
            order by activities.position, effects.activity
        ) as descriptions
    from effects
    left join activities
        on effects.activity = activities.activity
    group by
        effects.ruleset, effects.row_orders, effects.rows_begun_anew,
        effects.rows_added_to

),

numbered as (

    select
        cast(
            row_number() over (order by ruleset, not is_any, descriptions) as integer
        ) as choice_id,
        *
    from alike

)

select * from numbered
