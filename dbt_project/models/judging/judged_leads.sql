with outcomes as (

    select * from {{ source('judged', 'cut_off_outcomes') }}

),

leads as (

    select * from {{ source('judged', 'cut_off_leads') }}

),

calibrations as (

    select * from {{ source('judged', 'calibrations') }}

),

targets as (

    select * from {{ ref('targets') }}

),

rulesets as (

    select * from {{ ref('rulesets') }}

),

cut_offs as (

    select
        *,
        lag(cut_off) over (partition by target order by cut_off) as previous_cut_off
    from {{ source('judged', 'cut_offs') }}
    where is_finished

),

people as (

    select * from {{ source('judged', 'cut_off_people') }}

),

joined as (

    select
        outcomes.target,
        leads.ruleset,
        leads.cut_off,
        leads.lead_id,
        leads.total_points,
        leads.score,
        leads.grade,
        leads.engagement_level,
        leads.segment,
        leads.stage,
        leads.is_mql,
        people.lead_source,
        people.partner_id,
        people.campaign,
        people.created_date,
        people.attributes_backdated,
        outcomes.has_succeeded,
        -- Whoever came since the cut-off before and had succeeded by this one.
        people.created_date > cut_offs.previous_cut_off
        and outcomes.has_succeeded is null as had_succeeded_at_once,
        outcomes.succeeded_on,
        outcomes.amount
    from outcomes
    inner join cut_offs
        on
            outcomes.target = cut_offs.target
            and outcomes.cut_off = cut_offs.cut_off
    inner join leads
        on
            outcomes.cut_off = leads.cut_off
            and outcomes.lead_id = leads.lead_id
    inner join people
        on
            outcomes.cut_off = people.cut_off
            and outcomes.lead_id = people.lead_id
    inner join targets
        on outcomes.target = targets.target
    inner join rulesets
        on leads.ruleset = rulesets.ruleset
    where coalesce(targets.scorecard, rulesets.scorecard) = rulesets.scorecard

),

judged as (

    select
        joined.*,
        ntile(10) over (
            partition by
                joined.target, joined.ruleset, joined.cut_off,
                joined.has_succeeded is null
            order by joined.total_points desc, joined.lead_id asc
        ) as tenth,
        calibrations.rate as expected
    from joined
    left join calibrations
        on
            joined.target = calibrations.target
            and joined.ruleset = calibrations.ruleset
            and joined.total_points >= calibrations.min_points
            and joined.total_points < calibrations.below_points
    where joined.has_succeeded is not null or joined.had_succeeded_at_once

)

select * from judged
