select
    lead_id,
    ruleset,
    rule_id,
    last_at
from {{ ref('lead_score_factors') }}
where {{ company_date('last_at') }} > as_of_date
