-- Twenty questions that dashboards ask of a publication, each as a view.
--
--   duckdb -readonly "$(leadscore path)/lead_scores.duckdb" -init bi/views.sql
--
-- Views are temporary, for a publication is read-only: they live as long as the
-- connection. In a BI tool take the text after `as` as a query of your own.
--
-- - None reads names or addresses: docs/bi.md says how to join lead_contacts.
-- - "Today" is as_of_date, the day that was scored, never the reader's clock.
-- - Grades and stages are sorted by grade_rank and stage_order: by name, A stands
--   before A+.


-- 1. Whom do we call, in which order, and why?
create or replace temp view call_list as
select
    lead_scores.priority,
    lead_scores.call_rank,
    lead_scores.queue,
    lead_scores.lead_id,
    accounts.name as account,
    coalesce(owners.name, lead_assignments.owner_id, '(nobody)') as owner,
    lead_scores.segment,
    lead_scores.score,
    lead_scores.action,
    lead_scores.due_at,
    lead_scores.is_overdue,
    lead_scores.top_reasons
from lead_scores
left join accounts on lead_scores.account_id = accounts.account_id
inner join lead_assignments on lead_scores.lead_id = lead_assignments.lead_id
left join owners on lead_assignments.owner_id = owners.owner_id
where
    lead_scores.queue is not null
    and (lead_scores.is_mql or lead_scores.priority = 1)
order by lead_scores.priority, lead_scores.call_rank, lead_scores.queue;


-- 2. How many calls has each owner, and how many are overdue?
create or replace temp view calls_by_owner as
select
    coalesce(owners.name, lead_assignments.owner_id, '(nobody)') as owner,
    owners.is_active as owner_is_active,
    count(*) as calls,
    count(*) filter (where lead_scores.priority = 1) as first_priority_calls,
    count(*) filter (where lead_scores.is_overdue) as overdue_calls,
    min(lead_scores.due_at) as oldest_due_at
from lead_scores
inner join lead_assignments on lead_scores.lead_id = lead_assignments.lead_id
left join owners on lead_assignments.owner_id = owners.owner_id
where
    lead_scores.queue is not null
    and (lead_scores.is_mql or lead_scores.priority = 1)
group by
    coalesce(owners.name, lead_assignments.owner_id, '(nobody)'),
    owners.is_active
order by calls desc, owner asc;


-- 3. Which calls are overdue, and since when?
create or replace temp view overdue_calls as
select
    lead_scores.lead_id,
    coalesce(owners.name, lead_assignments.owner_id, '(nobody)') as owner,
    lead_scores.stage,
    lead_scores.action,
    lead_scores.due_at,
    lead_scores.last_touched_at,
    lead_scores.top_reasons
from lead_scores
inner join lead_assignments on lead_scores.lead_id = lead_assignments.lead_id
left join owners on lead_assignments.owner_id = owners.owner_id
where
    lead_scores.queue is not null
    and (lead_scores.is_mql or lead_scores.priority = 1)
    and lead_scores.is_overdue
order by lead_scores.due_at, lead_scores.lead_id;


-- 4. Who qualifies and is on no call list, and why? Nobody has touched the first ones.
create or replace temp view mqls_held_back as
select
    lead_id,
    segment,
    score,
    stage,
    owner_id,
    exclusion_reason,
    last_touched_at,
    top_reasons
from lead_scores
where is_mql and queue is null
order by last_touched_at asc nulls first, total_points desc, lead_id asc;


-- 5. Who stops qualifying within seven days if nothing happens?
create or replace temp view mqls_that_fall_out_soon as
select
    lead_scores.lead_id,
    coalesce(lead_assignments.owner_id, lead_scores.owner_id) as owner_id,
    lead_scores.stage,
    lead_scores.segment,
    lead_scores.score,
    lead_scores.qualifies_until,
    date_diff('day', lead_scores.as_of_date, lead_scores.qualifies_until)
        as days_left,
    lead_scores.last_activity_at,
    lead_scores.top_reasons
from lead_scores
left join lead_assignments on lead_scores.lead_id = lead_assignments.lead_id
where
    lead_scores.is_mql
    and lead_scores.qualifies_until < lead_scores.as_of_date + 7
order by
    lead_scores.qualifies_until asc,
    lead_scores.total_points desc,
    lead_scores.lead_id asc;


-- 6. How many leads fit how well, and how engaged are they? Excluded ones stay out.
create or replace temp view leads_by_grade_and_level as
select
    grade,
    grade_rank,
    count(*) as leads,
    count(*) filter (where engagement_level = 1) as level_1_leads,
    count(*) filter (where engagement_level = 2) as level_2_leads,
    count(*) filter (where engagement_level = 3) as level_3_leads,
    count(*) filter (where engagement_level = 4) as level_4_leads,
    count(*) filter (where is_mql) as mqls
from lead_scores
where not is_excluded
group by grade, grade_rank
order by grade_rank;


-- 7. How are scores distributed? The last band holds 100 too.
create or replace temp view score_distribution as
select
    least(cast(floor(score / 10) as integer) * 10, 90) as score_from,
    least(cast(floor(score / 10) as integer) * 10, 90) + 10 as score_to,
    count(*) as leads,
    count(*) filter (where is_mql) as mqls,
    count(*) filter (where is_excluded) as excluded_leads
from lead_scores
group by score_from, score_to
order by score_from;


-- 8. How many leads stand in each stage, day by day?
create or replace temp view funnel_by_day as
select
    lead_score_summary.as_of_date,
    lead_score_summary.stage,
    lead_score_summary.stage_order,
    cast(sum(lead_score_summary.lead_count) as bigint) as leads,
    sum(lead_score_summary.score_sum) / sum(lead_score_summary.lead_count)
        as average_score
from lead_score_summary
inner join rulesets on lead_score_summary.ruleset = rulesets.ruleset
where rulesets.is_shown
group by
    lead_score_summary.as_of_date,
    lead_score_summary.stage,
    lead_score_summary.stage_order
order by lead_score_summary.as_of_date, lead_score_summary.stage_order;


-- 9. How many leads qualified for the first time, week by week?
create or replace temp view first_mqls_by_week as
select
    cast(date_trunc('week', first_mql_date) as date) as week_from,
    count(*) as leads,
    count(*) filter (where is_mql) as still_mqls,
    count(*) filter (where is_excluded) as excluded_since
from lead_scores
where first_mql_date is not null
group by week_from
order by week_from;


-- 10. Between which stages did leads move, day by day?
create or replace temp view stage_moves as
with days as (
    select
        lead_score_history.as_of_date,
        lead_score_history.stage,
        lag(lead_score_history.stage) over (
            partition by lead_score_history.lead_id, lead_score_history.ruleset
            order by lead_score_history.as_of_date
        ) as stage_before
    from lead_score_history
    inner join rulesets on lead_score_history.ruleset = rulesets.ruleset
    where rulesets.is_shown
)

select
    as_of_date,
    stage_before,
    stage,
    count(*) as leads
from days
where stage != stage_before
group by as_of_date, stage_before, stage
order by as_of_date, stage_before, stage;


-- 11. Whose points moved most within seven days, since when, and by which rules?
-- Days that were not scored one by one have no changes.
create or replace temp view movers_of_the_week as
with by_rule as (
    select
        lead_id,
        ruleset,
        coalesce(reason, rule_id) as reason,
        sum(points_change) as points,
        min(previous_date) as since
    from lead_score_changes
    where as_of_date > (select max(lead_scores.as_of_date) from lead_scores) - 7
    group by lead_id, ruleset, coalesce(reason, rule_id)
),

ranked as (
    select
        *,
        row_number() over (
            partition by lead_id, ruleset order by abs(points) desc, reason
        ) as place
    from by_rule
),

moves as (
    select
        lead_id,
        ruleset,
        sum(points) as points_change,
        min(since) as since,
        string_agg(
            printf('%+.1f %s', cast(points as double), reason), '; ' order by place
        ) filter (where place <= 3) as largest_changes
    from ranked
    group by lead_id, ruleset
)

select
    lead_scores.lead_id,
    lead_scores.owner_id,
    lead_scores.segment,
    lead_scores.stage,
    lead_scores.score,
    moves.points_change,
    moves.since,
    moves.largest_changes
from lead_scores
inner join moves
    on
        lead_scores.lead_id = moves.lead_id
        and lead_scores.ruleset = moves.ruleset
where moves.points_change != 0 and not lead_scores.is_excluded
order by abs(moves.points_change) desc, lead_scores.lead_id;


-- 12. What changed scores, day by day: activities, data, time, rules?
create or replace temp view causes_of_change as
select
    lead_score_changes.as_of_date,
    lead_score_changes.cause,
    count(distinct lead_score_changes.lead_id) as leads,
    coalesce(
        sum(lead_score_changes.points_change)
        filter (where lead_score_changes.points_change > 0),
        0
    ) as points_won,
    coalesce(
        sum(lead_score_changes.points_change)
        filter (where lead_score_changes.points_change < 0),
        0
    ) as points_lost
from lead_score_changes
inner join rulesets on lead_score_changes.ruleset = rulesets.ruleset
where rulesets.is_shown
group by lead_score_changes.as_of_date, lead_score_changes.cause
order by lead_score_changes.as_of_date, lead_score_changes.cause;


-- 13. Which sources bring leads that qualify, and that buy?
create or replace temp view leads_by_source as
select
    coalesce(lead_scores.lead_source, '(unknown)') as lead_source,
    count(*) as leads,
    count(*) filter (where lead_scores.is_mql) as mqls,
    count(*) filter (where lead_scores.is_excluded) as excluded_leads,
    avg(lead_scores.score) as average_score,
    count(*) filter (where lead_outcomes.is_converted) as converted_leads,
    count(*) filter (where lead_outcomes.is_won) as won_leads,
    coalesce(sum(lead_outcomes.won_amount), 0) as won_amount
from lead_scores
left join lead_outcomes on lead_scores.lead_id = lead_outcomes.lead_id
group by coalesce(lead_scores.lead_source, '(unknown)')
order by leads desc, lead_source asc;


-- 14. Which partners bring leads that qualify, and that buy?
create or replace temp view leads_by_partner as
select
    lead_scores.partner_id,
    count(*) as leads,
    count(*) filter (where lead_scores.is_mql) as mqls,
    count(*) filter (where lead_scores.is_excluded) as excluded_leads,
    avg(lead_scores.score) as average_score,
    count(*) filter (where lead_outcomes.is_converted) as converted_leads,
    count(*) filter (where lead_outcomes.is_won) as won_leads,
    coalesce(sum(lead_outcomes.won_amount), 0) as won_amount
from lead_scores
left join lead_outcomes on lead_scores.lead_id = lead_outcomes.lead_id
where lead_scores.partner_id is not null
group by lead_scores.partner_id
order by leads desc, lead_scores.partner_id asc;


-- 15. Do better grades buy more often? By the grade of today: score_performance has
-- the grade that leads had before they bought, once `leadscore judge` has run.
create or replace temp view conversion_by_grade as
select
    lead_scores.grade,
    lead_scores.grade_rank,
    count(*) as leads,
    count(*) filter (where lead_outcomes.is_converted) as converted_leads,
    count(*) filter (where lead_outcomes.is_won) as won_leads,
    count(*) filter (where lead_outcomes.is_won) / count(*) as won_rate,
    coalesce(sum(lead_outcomes.won_amount), 0) as won_amount
from lead_scores
left join lead_outcomes on lead_scores.lead_id = lead_outcomes.lead_id
group by lead_scores.grade, lead_scores.grade_rank
order by lead_scores.grade_rank;


-- 16. At which accounts are people who decide engaged?
create or replace temp view accounts_with_engaged_deciders as
select
    accounts.account_id,
    accounts.name as account,
    accounts.industry,
    accounts.size_band,
    accounts.relationship,
    count(*) as leads,
    count(*) filter (
        where
        lead_scores.engagement_level <= 2
        and lead_scores.seniority in ('c_level', 'vp', 'director')
    ) as engaged_deciders,
    count(*) filter (where lead_scores.is_mql) as mqls,
    max(lead_scores.score) as best_score,
    max(lead_scores.last_activity_at) as last_activity_at
from lead_scores
inner join accounts on lead_scores.account_id = accounts.account_id
group by
    accounts.account_id,
    accounts.name,
    accounts.industry,
    accounts.size_band,
    accounts.relationship
having engaged_deciders > 0
order by engaged_deciders desc, best_score desc, accounts.account_id asc;


-- 17. For how many leads does each rule hold, and what does it move?
create or replace temp view leads_by_rule as
select
    rules.position,
    rules.rule_id,
    rules.dimension,
    rules.rule_group,
    rules.asks,
    rules.points,
    count(lead_score_factors.lead_id) as leads,
    avg(lead_score_factors.points) as average_points,
    coalesce(sum(lead_score_factors.points), 0) as points_in_all
from rules
inner join rulesets on rules.ruleset = rulesets.ruleset
left join lead_score_factors
    on
        rules.ruleset = lead_score_factors.ruleset
        and rules.rule_id = lead_score_factors.rule_id
where rulesets.is_shown
group by
    rules.position,
    rules.rule_id,
    rules.dimension,
    rules.rule_group,
    rules.asks,
    rules.points
order by leads desc, rules.position asc;


-- 18. How fresh is what each source delivered?
create or replace temp view freshness as
select
    source,
    table_name,
    max(extract_date) filter (where status = 'accepted') as newest_delivery,
    date_diff(
        'day',
        max(extract_date) filter (where status = 'accepted'),
        (select max(lead_scores.as_of_date) from lead_scores)
    ) as days_old,
    cast(sum(rows_loaded) filter (where status = 'accepted') as bigint) as rows_loaded,
    count(*) filter (where status = 'refused') as refused_files
from batches
group by source, table_name
order by days_old desc nulls first, source asc, table_name asc;


-- 19. What did not pass, day by day: rows that were rejected, checks that failed?
create or replace temp view data_quality as
select
    extract_date as day,
    source,
    table_name,
    'rows rejected' as fault,
    reason,
    cast(sum(row_count) as bigint) as found
from rejected_rows
group by extract_date, source, table_name, reason
union all
select
    day,
    source,
    table_name,
    'check failed' as fault,
    sentence as reason,
    count(*) as found
from checks
where not success
group by day, source, table_name, sentence
order by day, source, table_name, fault, reason;


-- 20. Which words of the data should get a meaning, the most frequent first?
create or replace temp view words_to_label as
select
    mapping,
    field,
    word,
    record_count
from unknown_words
order by record_count desc, field asc, word asc;
