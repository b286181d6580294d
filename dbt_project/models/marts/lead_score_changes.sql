{# The newest 35 days that were compared stay. #}
{{ config(materialized='scored_days', kept_days=35) }}

-- depends_on: {{ ref('int_scored_days') }}

with causes as (

    select * from {{ ref('change_causes') }}

),

days as (

    select * from {{ ref('compared_days') }}

),

history as (

    select * from {{ ref('lead_score_history') }}

),

factors as (

    select * from {{ ref('lead_score_factors') }}

),

rules as (

    select * from {{ ref('priced_rules') }}

),

kept_rules as (

    select * from {{ ref('kept_rules') }}

),

kept_factors as (

    select * from {{ ref('kept_factors') }}

),

-- A lead that one of the days does not know has no difference.
scored_twice as (

    select
        history.lead_id,
        history.ruleset,
        days.previous_date,
        days.as_of_date
    from history
    inner join days
        on history.as_of_date in (days.previous_date, days.as_of_date)
    group by history.lead_id, history.ruleset, days.previous_date, days.as_of_date
    having count(*) > 1

),

changes as (

    select
        causes.lead_id,
        scored_twice.previous_date,
        scored_twice.as_of_date,
        causes.ruleset,
        causes.dimension,
        causes.rule_group,
        causes.rule_id,
        causes.cause,
        causes.points_change,
        coalesce(
            factors.reason, {{ filled_reason('rules.reason', 'before') }}
        ) as reason
    from causes
    inner join scored_twice
        on
            causes.lead_id = scored_twice.lead_id
            and causes.ruleset = scored_twice.ruleset
    left join factors
        on
            causes.lead_id = factors.lead_id
            and causes.ruleset = factors.ruleset
            and causes.rule_id = factors.rule_id
    -- Of a factor that ended: what it said on the day before.
    left join rules
        on
            causes.ruleset = rules.ruleset
            and causes.rule_id = rules.rule_id
    left join kept_rules
        on
            scored_twice.previous_date = kept_rules.as_of_date
            and causes.ruleset = kept_rules.ruleset
            and causes.rule_id = kept_rules.rule_id
    left join kept_factors as before
        on
            scored_twice.previous_date = before.as_of_date
            and causes.lead_id = before.lead_id
            and kept_rules.rule_key = before.rule_key

)

select * from changes
