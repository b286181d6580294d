with results as (

    select * from {{ ref('account_results') }}

),

facts as (

    select * from {{ ref('account_facts') }}

),

rulesets as (

    select * from {{ ref('account_rulesets') }}

),

-- As lead_reasons tells them: in the order of the ruleset, then by points.
reasons as (

    select
        factors.account_id,
        array_to_string(
            list(
                factors.reason
                order by
                    {{ reason_tier('rulesets.reasons_first', 'factors.rule_group') }}
                    desc,
                    factors.points desc,
                    factors.rule_id asc
            )[1:3],
            '; '
        ) as top_reasons
    from {{ ref('account_factors') }} as factors
    inner join rulesets
        on factors.ruleset = rulesets.ruleset
    where factors.points > 0 and not starts_with(factors.rule_id, 'cap:')
    group by factors.account_id

),

scores as (

    select
        results.account_id,
        {{ as_of_to() }} as as_of_date,
        results.ruleset,
        results.ruleset_fingerprint,
        {% for dimension in dimensions() %}
            results.{{ dimension }}_points,
        {% endfor %}
        results.adjustment_points,
        results.total_points,
        results.score,
        results.grade,
        {{ grade_rank('results.grade') }} as grade_rank,
        results.stage,
        results.queue,
        results.action,
        results.priority,
        reasons.top_reasons,
        facts.people,
        facts.engaged_people,
        facts.engaged_decision_makers as decision_makers_engaged,
        facts.seniorities,
        facts.departments,
        facts.engaged_people || ' engaged of ' || facts.people || coalesce(
            ': ' || nullif(
                concat_ws('; ', facts.seniorities, facts.departments), ''
            ), ''
        ) as buying_group,
        facts.best_lead_id,
        facts.best_points as best_total_points,
        facts.best_grade,
        facts.sum_points as sum_total_points,
        facts.last_activity_at,
        facts.days_quiet as days_since_last_activity,
        facts.relationship,
        facts.industry,
        facts.size_band,
        facts.country,
        facts.owner_id,
        '{{ this_run("build_id") }}' as build_id
    from results
    inner join facts
        on results.account_id = facts.account_id
    left join reasons
        on results.account_id = reasons.account_id

)

select * from scores
