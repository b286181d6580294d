{# A view: the rows stand in kept_factors. #}
{{ config(materialized='view') }}

with factors as (

    select * from {{ ref('kept_factors') }}
    where as_of_date = {{ as_of_to() }}

),

rules as (

    select * from {{ ref('priced_rules') }}

),

explained as (

    select
        factors.lead_id,
        factors.as_of_date,
        rules.ruleset,
        rules.dimension,
        rules.rule_group,
        rules.rule_id,
        factors.occurrences,
        factors.days,
        factors.first_at,
        factors.last_at,
        factors.points,
        {{ filled_reason('rules.reason', 'factors') }} as reason
    from factors
    inner join rules
        on factors.rule_key = rules.rule_key

)

select * from explained
