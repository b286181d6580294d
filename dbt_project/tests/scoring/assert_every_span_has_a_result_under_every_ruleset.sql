with spans as (

    select * from {{ ref('int_lead_spans') }}

),

rulesets as (

    select * from {{ ref('rulesets') }}

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
        spans.lead_id = results.lead_id
        and spans.valid_from = results.valid_from
        and rulesets.ruleset = results.ruleset
where results.lead_id is null
