with of_leads as (

    select * from {{ ref('int_lead_rulesets') }}

),

priced as (

    select distinct ruleset
    from {{ ref('profile_points') }}

    union

    select distinct ruleset
    from {{ ref('lead_results') }}

)

select priced.ruleset
from priced
left join of_leads
    on priced.ruleset = of_leads.ruleset
where of_leads.ruleset is null
