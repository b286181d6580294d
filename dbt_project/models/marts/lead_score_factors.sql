{# A view: the rows stand in kept_factors. #}
{{ config(materialized='view') }}

with factors as (

    select * from {{ ref('kept_factors') }}
    where as_of_date = {{ as_of_to() }}

),

reasons as (

    select * from {{ ref('rule_reasons') }}

),

explained as (

    select
        factors.lead_id,
        factors.as_of_date,
        factors.ruleset,
        factors.dimension,
        factors.rule_group,
        factors.rule_id,
        factors.occurrences,
        factors.days,
        factors.first_at,
        factors.last_at,
        factors.points,
        {{ filled_reason('reasons.reason', 'factors') }} as reason
    from factors
    inner join reasons
        on
            factors.ruleset = reasons.ruleset
            and factors.rule_id = reasons.rule_id

)

select * from explained
