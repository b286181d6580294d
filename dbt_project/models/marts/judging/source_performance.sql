with rates as (

    select * from {{ ref('success_rates') }}
    where scope = 'first'

),

items as (

    select * from {{ ref('judged_items') }}
    where scope = 'first'

),

-- As they were at their first cut-off.
scores as (

    select
        item_key,
        avg(score) as average_score,
        avg(total_points) as average_points,
        count(*) filter (where is_mql) as mqls,
        {% for letter in ['a', 'b', 'c', 'd', 'f'] %}
            count(*) filter (where grade[1] = '{{ letter | upper }}')
                as grade_{{ letter }},
        {% endfor %}
        count(*) filter (where grade = '-') as grade_unknown
    from items
    group by item_key

),

performance as (

    select
        rates.target,
        rates.ruleset,
        rates.item_kind as source_kind,
        rates.item as source,
        nullif(rates.value, '') as month,
        rates.leads,
        cast(scores.average_score as decimal(5, 2)) as average_score,
        cast(scores.average_points as decimal(18, 4)) as average_points,
        {% for letter in ['a', 'b', 'c', 'd', 'f'] %}
            scores.grade_{{ letter }},
        {% endfor %}
        scores.grade_unknown,
        scores.mqls,
        rates.successes,
        rates.rate,
        rates.rate_low,
        rates.rate_high,
        rates.base_rate,
        rates.lift,
        rates.lift_low,
        rates.lift_high,
        rates.amount,
        case
            when rates.leads_wanting is null or rates.leads_wanting > 0
                then 'too few to say'
            when rates.lift_low > 1 then 'better'
            when rates.lift_high < 1 then 'worse'
            else 'no difference seen'
        end as verdict,
        rates.leads_wanting
    from rates
    inner join scores
        on rates.item_key = scores.item_key

)

select * from performance
