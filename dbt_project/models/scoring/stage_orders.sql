{{ config(materialized='view') }}

with qualification as (

    select * from {{ ref('qualification') }}

),

rulesets as (

    select * from {{ ref('rulesets') }}

),

first_rows as (

    select
        ruleset,
        stage,
        min(row_order) as first_row
    from qualification
    group by ruleset, stage

),

-- Nobody acts on an excluded lead: its stage comes after all that rules give.
stages as (

    select * from first_rows
    union all by name
    select
        ruleset,
        'excluded' as stage
    from rulesets

),

ordered as (

    select
        ruleset,
        stage,
        cast(
            row_number() over (
                partition by ruleset order by first_row asc nulls last
            ) as integer
        ) as stage_order
    from stages

)

select * from ordered
