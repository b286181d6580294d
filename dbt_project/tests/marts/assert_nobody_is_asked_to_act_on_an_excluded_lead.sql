select
    lead_id,
    ruleset
from {{ ref('lead_scores_all') }}
where
    is_excluded
    and (
        stage != 'excluded'
        or exclusion_reason is null
        or is_mql
        or queue is not null
        or priority is not null
    )
