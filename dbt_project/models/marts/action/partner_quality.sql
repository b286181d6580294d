with months as (

    select * from {{ ref('partner_months') }}

),

others as (

    select
        months.month,
        months.partner_id,
        count(*) as others,
        median(beside.average_score) as average_score,
        median(beside.rejected_rate) as rejected_rate,
        median(beside.mql_rate) as mql_rate,
        median(beside.won_rate) as won_rate
    from months
    inner join months as beside
        on
            months.month is not distinct from beside.month
            and months.partner_id != beside.partner_id
    group by months.month, months.partner_id

),

-- Two others would know each other's figures from a median.
medians as (

    select
        month,
        partner_id,
        cast(average_score as decimal(5, 2)) as average_score,
        cast(rejected_rate as decimal(5, 4)) as rejected_rate,
        cast(mql_rate as decimal(5, 4)) as mql_rate,
        cast(won_rate as decimal(5, 4)) as won_rate
    from others
    where others > 2

),

quality as (

    select
        months.month,
        months.partner_id,
        months.leads,
        months.average_score,
        months.grade_a,
        months.grade_b,
        months.grade_c,
        months.grade_d,
        months.grade_f,
        months.grade_none,
        months.rejected,
        months.rejected_because,
        months.mqls,
        months.won,
        months.rejected_rate,
        months.mql_rate,
        months.won_rate,
        coalesce(others.others, 0) as others,
        medians.average_score as average_score_of_others,
        medians.rejected_rate as rejected_rate_of_others,
        medians.mql_rate as mql_rate_of_others,
        medians.won_rate as won_rate_of_others
    from months
    left join others
        on
            months.month is not distinct from others.month
            and months.partner_id = others.partner_id
    left join medians
        on
            months.month is not distinct from medians.month
            and months.partner_id = medians.partner_id

)

select * from quality
