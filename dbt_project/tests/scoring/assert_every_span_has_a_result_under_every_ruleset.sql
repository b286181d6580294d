with spans as (

    select * from {{ ref('int_lead_spans') }}

),

rulesets as (

    select * from {{ ref('int_lead_rulesets') }}

),

results as (

    select * from {{ ref('lead_results') }}

)

select
    spans.lead_id,
    spans.valid_from,
    rulesets.ruleset
from spans
cross join rulesets
left join results
    on
        spans.span_id = results.span_id
        and rulesets.ruleset = results.ruleset
where results.lead_id is null
