{{ config(materialized='view') }}

with {{ before_and_today(ref('kept_rules')) }},

changed as (

    select
        coalesce(before.ruleset, today.ruleset) as ruleset,
        coalesce(before.rule_id, today.rule_id) as rule_id
    from before
    full outer join today
        on
            before.ruleset = today.ruleset
            and before.rule_id = today.rule_id
    where before.rule_row is distinct from today.rule_row

)

select * from changed
