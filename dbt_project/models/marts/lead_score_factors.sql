with results as (

    select * from {{ ref('lead_results') }}
    where valid_to = {{ as_of_to() }}

),

factors as (

    select * from {{ ref('rule_factors') }}
    union all by name
    select * from {{ ref('factors_adjustment') }}

),

reasons as (

    select * from {{ ref('rule_reasons') }}

),

explained as (

    select
        factors.lead_id,
        {{ as_of_to() }} as as_of_date,
        factors.ruleset,
        factors.dimension,
        factors.rule_group,
        factors.rule_id,
        factors.occurrences,
        factors.days,
        factors.first_at,
        factors.last_at,
        cast(factors.points as decimal(18, 4)) as points,
        {{ filled_reason('reasons.reason', 'factors') }} as reason
    from factors
    inner join results
        on
            factors.lead_id = results.lead_id
            and factors.valid_from = results.valid_from
            and factors.ruleset = results.ruleset
    inner join reasons
        on
            factors.ruleset = reasons.ruleset
            and factors.rule_id = reasons.rule_id

)

select * from explained
