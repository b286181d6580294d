{{ config(materialized='view') }}

with {{ before_and_today(ref('kept_rules')) }},

factors as (

    select * from {{ ref('changed_factors') }}

),

changed_rules as (

    select
        coalesce(before.ruleset, today.ruleset) as ruleset,
        coalesce(before.rule_id, today.rule_id) as rule_id
    from before
    full outer join today
        on
            before.ruleset = today.ruleset
            and before.rule_id = today.rule_id
    where before.pricing is distinct from today.pricing

),

changed_conditions as (

    select * from {{ ref('changed_conditions') }}

),

aged_points as (

    select * from {{ ref('aged_points') }}

),

compared as (

    select
        factors.lead_id,
        factors.ruleset,
        factors.dimension,
        factors.rule_group,
        factors.rule_id,
        coalesce(factors.previous_points, 0) as previous_points,
        coalesce(factors.points, 0) as points,
        -- Without a row the activities are the same, and only older.
        coalesce(aged_points.points, factors.points, 0) as aged_points,
        case
            when starts_with(factors.rule_id, 'cap:') then 'cap'
            when starts_with(factors.rule_id, 'manual:') then 'adjustment'
            when changed_rules.rule_id is not null then 'rule'
            when not factors.is_activity then 'attribute'
            when changed_conditions.rule_id is not null then 'attribute'
        end as cause
    from factors
    left join changed_rules
        on
            factors.ruleset = changed_rules.ruleset
            and factors.rule_id = changed_rules.rule_id
    left join changed_conditions
        on
            factors.lead_id = changed_conditions.lead_id
            and factors.ruleset = changed_conditions.ruleset
            and factors.rule_id = changed_conditions.rule_id
    left join aged_points
        on
            factors.lead_id = aged_points.lead_id
            and factors.rule_key = aged_points.rule_key

),

-- Time first, at the activities of the day before; what remains is other activities.
causes as (

    select
        *,
        coalesce(cause, 'time') as only_cause,
        if(cause is null, aged_points, points) - previous_points as points_change
    from compared

    union all

    select
        *,
        'activity' as only_cause,
        points - aged_points as points_change
    from compared
    where cause is null

)

select
    lead_id,
    ruleset,
    dimension,
    rule_group,
    rule_id,
    only_cause as cause,
    cast(points_change as decimal(18, 4)) as points_change
from causes
where points_change != 0
