{% set taken = [
    'country', 'region', 'lead_source', 'partner_id', 'size_band', 'industry'
] %}

with shown as (

    select * from {{ ref('shown_rulesets') }}

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
        shown.as_of_date,
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
    inner join shown
        on
            unowned.ruleset = shown.ruleset
            and shown.as_of_date between unowned.valid_from and unowned.valid_to
    where {{ is_shown('unowned.lead_id', 'shown') }}

)

select * from calls
