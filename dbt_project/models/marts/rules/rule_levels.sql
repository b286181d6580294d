with levels as (

    select * from {{ ref('levels') }}

),

published as (

    select
        ruleset,
        level,
        min_behavioral_points
    from levels

)

select * from published
