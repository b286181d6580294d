with grades as (

    select * from {{ ref('grades') }}

),

published as (

    select
        ruleset,
        grade,
        {{ grade_rank('grade') }} as grade_rank,
        position
    from grades

)

select * from published
