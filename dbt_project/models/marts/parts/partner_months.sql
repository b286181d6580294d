with scores as (

    select * from {{ ref('lead_scores') }}
    where partner_id is not null

),

outcomes as (

    select * from {{ ref('lead_outcomes') }}

),

leads as (

    select
        strftime(
            {{ company_date('scores.lead_created_at') }}, '%Y-%m'
        ) as month,
        scores.partner_id,
        scores.score,
        left(scores.grade, 1) as letter,
        -- Whom we won is no customer that we had, though excluded all the same.
        if(
            scores.is_excluded and not coalesce(outcomes.is_won, false),
            scores.exclusion_reason,
            null
        ) as rejected_because,
        scores.first_mql_date is not null as was_mql,
        coalesce(outcomes.is_won, false) as is_won
    from scores
    left join outcomes
        on scores.lead_id = outcomes.lead_id

),

rejected as (

    select
        month,
        partner_id,
        rejected_because,
        count(*) as leads
    from leads
    where rejected_because is not null
    group by month, partner_id, rejected_because

),

reasons as (

    select
        month,
        partner_id,
        string_agg(
            rejected_because || ' (' || leads || ')',
            '; ' order by leads desc, rejected_because asc
        ) as rejected_because
    from rejected
    group by month, partner_id

),

counted as (

    select
        month,
        partner_id,
        count(*) as leads,
        cast(avg(score) as decimal(5, 2)) as average_score,
        {% for letter in ['A', 'B', 'C', 'D', 'F', '-'] %}
            count(*) filter (where letter = '{{ letter }}')
                as {{ 'grade_none' if letter == '-' else 'grade_' ~ letter | lower }},
        {% endfor %}
        count(rejected_because) as rejected,
        count(*) filter (where was_mql) as mqls,
        count(*) filter (where is_won) as won,
        cast(count(rejected_because) / count(*) as decimal(5, 4)) as rejected_rate,
        cast(count_if(was_mql) / count(*) as decimal(5, 4)) as mql_rate,
        cast(count_if(is_won) / count(*) as decimal(5, 4)) as won_rate
    from leads
    group by month, partner_id

),

partner_months as (

    select
        counted.*,
        reasons.rejected_because
    from counted
    left join reasons
        on
            counted.month is not distinct from reasons.month
            and counted.partner_id = reasons.partner_id

)

select * from partner_months
