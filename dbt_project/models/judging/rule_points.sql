with factors as (

    select * from {{ source('judged', 'cut_off_factors') }}

),

averages as (

    select
        ruleset,
        rule_id,
        avg(points) as average_points
    from factors
    group by ruleset, rule_id

)

select * from averages
