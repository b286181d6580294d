{% set taken = [
    'country', 'region', 'lead_source', 'partner_id', 'size_band', 'industry'
] %}

with days as (

    select * from {{ ref('int_scored_days') }}

),

rulesets as (

    select * from {{ ref('rulesets') }}

),

experiments as (

    select
        experiment,
        ruleset,
        ruleset_before,
        share,
        from_date,
        until_date
    from {{ ref('ruleset_decisions') }}
    where
        decision = 'experiment'
        and experiment = '{{ this_run("experiment") }}'

),

-- Which lead_scores showed, or would have shown, on each of the days.
champions as (

    select
        days.as_of_date,
        rulesets.ruleset
    from days
    cross join rulesets
    where
        rulesets.status = 'champion'
        and rulesets.scorecard = '{{ this_run("scorecard") }}'
    qualify
        row_number() over (
            partition by days.as_of_date
            order by
                rulesets.effective_from <= days.as_of_date desc,
                abs({{ days_between(
                    'rulesets.effective_from', 'days.as_of_date'
                ) }}) asc,
                rulesets.ruleset asc
        ) = 1

),

arms as (

    select
        champions.as_of_date,
        champions.ruleset,
        experiments.experiment,
        experiments.ruleset as challenger,
        experiments.share
    from champions
    left join experiments
        on
            champions.ruleset = experiments.ruleset_before
            and champions.as_of_date
            between experiments.from_date and experiments.until_date

),

-- The condition is that of the call list: ON_CALL_LIST in leadscore/calls.py.
results as (

    select * from {{ ref('lead_results') }}
    where queue is not null and (is_mql or priority = 1)

),

unowned as (

    select
        results.*,
        {% for column in taken %}
            traits.{{ column }},
        {% endfor %}
        traits.account_id
    from results
    inner join {{ ref('int_lead_traits') }} as traits
        on results.span_id = traits.span_id
    where traits.owner_id is null

),

calls as (

    select
        unowned.lead_id,
        arms.as_of_date,
        unowned.account_id,
        unowned.priority,
        unowned.total_points,
        unowned.grade,
        unowned.segment,
        {% for column in taken %}
            unowned.{{ column }},
        {% endfor %}
        unowned.stage
    from unowned
    inner join arms
        on arms.as_of_date between unowned.valid_from and unowned.valid_to
    where
        unowned.ruleset = if(
            {{ experiment_bucket('unowned.lead_id', 'arms.experiment') }} < arms.share,
            arms.challenger, arms.ruleset
        )

)

select * from calls
