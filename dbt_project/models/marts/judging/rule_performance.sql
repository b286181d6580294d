with rates as (

    select * from {{ ref('success_rates') }}
    where item_kind in ('rule', 'signal', 'activity')

),

rule_points as (

    select * from {{ ref('rule_points') }}

),

priced as (

    select
        rates.*,
        coalesce(rule_points.average_points, 0) as points,
        rates.leads_wanting is null
        or rates.leads_wanting > 0 as is_too_few
    from rates
    left join rule_points
        on
            rates.item_kind = 'rule'
            and rates.ruleset = rule_points.ruleset
            and rates.item = rule_points.rule_id

),

-- What a rule takes points for is judged by how seldom these leads succeed.
turned as (

    select
        *,
        if(points < 0, lift_high < 1, lift_low > 1) as is_right,
        if(points < 0, lift_low > 1, lift_high < 1) as is_wrong,
        lift_low > 1 / {{ useless_lift() }}
        and lift_low <= 1
        and lift_high >= 1
        and lift_high < {{ useless_lift() }} as is_near_one,
        -- By how much a wide interval must shrink to say something.
        ln(lift_high / nullif(lift, 0)) / greatest(
            abs(ln(nullif(lift, 0))),
            ln({{ useless_lift() }}) - abs(ln(nullif(lift, 0)))
        ) as times_too_wide,
        if(points < 0, ratio_high < 1, ratio_low > 1) as deserves_more,
        if(points < 0, ratio_low > 1, ratio_high < 1) as deserves_less
    from priced

),

performance as (

    select
        target,
        ruleset,
        item_kind,
        item,
        value,
        people,
        leads,
        successes,
        rate,
        rate_low,
        rate_high,
        base_rate,
        lift,
        lift_low,
        lift_high,
        expected as successes_expected,
        ratio,
        ratio_low,
        ratio_high,
        cast(points as decimal(18, 4)) as average_points,
        -- The guides' method (HubSpot): 20 times the base rate earns 20 points.
        cast(round(lift, 0) as integer) as points_by_lift,
        case
            when is_too_few then 'too few to say'
            when points = 0 and ratio_low > 1 and lift_low > 1 then 'priced too low'
            when points = 0 and ratio_high < 1 and lift_high < 1 then 'priced too high'
            when points = 0 and is_near_one then 'useless'
            when points = 0 and (lift_low > 1 or lift_high < 1)
                then 'told by the points'
            when points = 0 then 'too few to say'
            when is_wrong then 'inverted'
            when is_right and deserves_more then 'priced too low'
            when is_right and deserves_less then 'priced too high'
            when is_right then 'earns'
            when is_near_one then 'useless'
            else 'too few to say'
        end as verdict,
        cast(case
            when leads_wanting > 0 then leads_wanting
            when successes = 0 then ceil(leads * greatest(0, lift_high - 1))
            else ceil(leads * greatest(0, pow(times_too_wide, 2) - 1))
        end as bigint) as leads_wanting
    from turned

)

select * replace (if(verdict = 'too few to say', leads_wanting, 0) as leads_wanting)
from performance
