{{ config(materialized='view') }}

with priced_signals as (

    select * from {{ ref('priced_signals') }}

),

priced_activities as (

    select * from {{ ref('priced_activities') }}

),

factors as (

    select
        lead_id,
        valid_from,
        ruleset,
        dimension,
        rule_group,
        rule_id,
        points,
        grade_thirds,
        matched_value,
        cast(null as bigint) as occurrences,
        cast(null as bigint) as days,
        cast(null as timestamp) as first_at,
        cast(null as timestamp) as last_at
    from priced_signals
    where dimension = 'demographic'

    union all

    select
        lead_id,
        valid_from,
        ruleset,
        dimension,
        rule_group,
        rule_id,
        points,
        null as grade_thirds,
        null as matched_value,
        occurrences,
        days,
        first_at,
        last_at
    from priced_activities
    where dimension = 'demographic'

)

select * from factors
