with {{ before_and_today(ref('kept_factors')) }},

changed as (

    select
        coalesce(today.lead_id, before.lead_id) as lead_id,
        coalesce(today.ruleset, before.ruleset) as ruleset,
        coalesce(today.rule_id, before.rule_id) as rule_id,
        coalesce(today.dimension, before.dimension) as dimension,
        coalesce(today.rule_group, before.rule_group) as rule_group,
        coalesce(today.occurrences, before.occurrences) is not null as is_activity,
        before.points as previous_points,
        today.points
    from before
    full outer join today
        on
            before.lead_id = today.lead_id
            and before.ruleset = today.ruleset
            and before.rule_id = today.rule_id
    where before.points is distinct from today.points

)

select * from changed
