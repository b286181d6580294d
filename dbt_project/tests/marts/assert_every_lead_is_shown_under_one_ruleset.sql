-- Nor under two: that would be two rows of the lead, which its primary key forbids.
with scores as (

    select * from {{ ref('lead_scores_all') }}

),

shown as (

    select * from {{ ref('lead_scores') }}

)

select distinct scores.lead_id
from scores
left join shown
    on scores.lead_id = shown.lead_id
where shown.lead_id is null
