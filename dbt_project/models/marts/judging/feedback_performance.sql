with items as (

    select * from {{ ref('feedback_items') }}

),

counted as (

    select
        ruleset,
        item_kind,
        item,
        avg(points) as average_points,
        count(*) as leads,
        count(*) filter (where verdict = 'good') as good,
        count(*) filter (where verdict = 'bad') as bad,
        count(*) filter (where verdict = 'wrong_person') as wrong_person,
        count(*) filter (where verdict = 'bad_data') as bad_data
    from items
    group by ruleset, item_kind, item

),

totals as (

    select
        ruleset,
        leads,
        good
    from counted
    where item_kind = 'all'

),

compared as (

    select
        counted.*,
        if(counted.item_kind = 'not scored', 0, totals.leads - counted.leads)
            as other_leads,
        if(counted.item_kind = 'not scored', 0, totals.good - counted.good)
            as other_good,
        totals.good / nullif(totals.leads, 0) as share_of_all
    from counted
    left join totals
        on counted.ruleset = totals.ruleset

),

measured as (

    select
        *,
        good / leads as share_good,
        {{ wilson_limit('good', 'leads', '-') }} as low,
        {{ wilson_limit('good', 'leads', '+') }} as high,
        other_good / nullif(other_leads, 0) as other_share_good,
        if(other_leads > 0, {{ wilson_limit('other_good', 'other_leads', '-') }}, null)
            as other_low,
        if(other_leads > 0, {{ wilson_limit('other_good', 'other_leads', '+') }}, null)
            as other_high,
        least(
            greatest(good, leads * share_of_all),
            greatest(other_good, other_leads * share_of_all)
        ) >= {{ fewest_successes() }} as is_enough
    from compared

),

performance as (

    select
        ruleset,
        item_kind,
        item,
        cast(average_points as decimal(18, 4)) as average_points,
        leads,
        good,
        bad,
        wrong_person,
        bad_data,
        share_good,
        low,
        high,
        cast(coalesce(other_leads, 0) as bigint) as other_leads,
        other_share_good,
        other_low,
        other_high,
        case
            when is_enough is not true then 'too few to say'
            when low > other_high then 'more often good'
            when high < other_low then 'less often good'
            else 'not told apart'
        end as finding
    from measured

)

select * from performance
