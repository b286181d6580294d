with points_before as (

    select * from {{ source('judged', 'points_before') }}

),

quartiles as (

    select
        target,
        ruleset,
        unnest(['first quartile', 'median', 'third quartile']) as quartile,
        unnest(quantile_cont(total_points, [0.25, 0.5, 0.75])) as points
    from points_before
    group by target, ruleset

)

select * from quartiles
