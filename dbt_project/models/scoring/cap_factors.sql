{{ config(materialized='view') }}

with biting as (

    {{ caps_that_bite(
        ref('group_caps'), ref('dimension_points'), ref('lead_points'), 'span_id'
    ) | indent(4) }}
),

rules as (

    select * from {{ ref('priced_rules') }}

),

factors as (

    select
        biting.span_id,
        rules.rule_key,
        rules.ruleset,
        rules.dimension,
        rules.rule_group,
        biting.points
    from biting
    inner join rules
        on
            biting.ruleset = rules.ruleset
            and biting.rule_id = rules.rule_id

)

select * from factors
