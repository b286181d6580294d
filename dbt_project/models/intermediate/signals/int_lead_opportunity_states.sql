{{ config(materialized='view') }}

with spans as (

    select * from {{ ref('int_lead_spans') }}

),

opportunities as (

    select * from {{ ref('int_lead_opportunities') }}

),

opportunity_states as (

    select
        spans.lead_id,
        spans.valid_from,
        case
            when count_if(opportunities.state = 'won') > 0 then 'won'
            when count_if(opportunities.state = 'open') > 0 then 'open'
            else 'lost'
        end as opportunity
    from spans
    inner join opportunities
        on
            spans.lead_id = opportunities.lead_id
            and spans.valid_from
            between opportunities.valid_from and opportunities.valid_to
    group by spans.lead_id, spans.valid_from

)

select * from opportunity_states
