-- A rule keeps its name when it changes, not always its number: names are compared.
with named as not materialized (

    select
        factors.*,
        rules.ruleset,
        rules.dimension,
        rules.rule_group,
        rules.rule_id
    from {{ ref('kept_factors') }} as factors
    inner join {{ ref('kept_rules') }} as rules
        on
            factors.as_of_date = rules.as_of_date
            and factors.rule_key = rules.rule_key

),

{{ before_and_today('named') }},

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

),

-- Under its number of today; null if the rule is gone.
numbered as (

    select
        changed.*,
        rules.rule_key
    from changed
    left join {{ ref('priced_rules') }} as rules
        on
            changed.ruleset = rules.ruleset
            and changed.rule_id = rules.rule_id

)

select * from numbered
