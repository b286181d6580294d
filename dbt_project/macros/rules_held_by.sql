{#
  The signal rules of `rulesets` that hold for each `who`, by the conditions that it
  meets.
#}
{% macro rules_held_by(conditions, rulesets, who) %}
with conditions_met as (

    select * from {{ conditions }}

),

rules as (

    select priced_rules.*
    from {{ ref('priced_rules') }} as priced_rules
    inner join {{ rulesets }} as rulesets
        on priced_rules.ruleset = rulesets.ruleset
    where priced_rules.condition_id is not null

),

held as (

    select
        met.{{ who }},
        rules.rule_key,
        rules.ruleset,
        rules.dimension,
        rules.rule_group,
        rules.points,
        rules.grade_thirds
    from conditions_met as met
    inner join rules
        on met.condition_id = rules.condition_id
    left join conditions_met as further
        on
            met.{{ who }} = further.{{ who }}
            and rules.if_condition_id = further.condition_id
    where rules.if_condition_id is null or further.condition_id is not null

)

select * from held
{% endmacro %}
