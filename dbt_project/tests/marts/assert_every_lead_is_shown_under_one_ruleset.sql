with scores as (

    select * from {{ ref('lead_scores_all') }}

),

shown as (

    select * from {{ ref('lead_scores') }}

)

select scores.lead_id
from scores
left join shown
    on scores.lead_id = shown.lead_id
group by scores.lead_id
having count(distinct shown.ruleset) != 1
