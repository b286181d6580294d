with spans as (

    select * from {{ ref('int_lead_spans') }}
    where valid_to = {{ as_of_to() }}

),

leads as (

    select * from {{ ref('int_leads') }}

),

-- Once, by however many records of the person it is theirs.
lead_opportunities as (

    select distinct
        lead_id,
        opportunity_id,
        state
    from {{ ref('int_lead_opportunities') }}
    where {{ as_of_to() }} between valid_from and valid_to

),

won as (

    select
        opportunity_id,
        min(valid_from) as won_date,
        max_by(row({{ in_our_currency('amount', 'currency') }}), valid_from)[1]
            as amount
    from {{ ref('int_opportunity_states') }}
    where state = 'won' and valid_from <= {{ as_of_to() }}
    group by opportunity_id

),

-- What several leads share, each has a part of: so amounts may be added up.
shared as (

    select
        lead_opportunities.lead_id,
        lead_opportunities.state,
        won.won_date,
        won.amount
        / count(*) over (partition by lead_opportunities.opportunity_id) as amount
    from lead_opportunities
    left join won
        on
            lead_opportunities.opportunity_id = won.opportunity_id
            and lead_opportunities.state = 'won'

),

counted as (

    select
        lead_id,
        count(*) as opportunity_count,
        count_if(state = 'open') as open_count,
        count_if(state = 'won') as won_count,
        count_if(state = 'lost') as lost_count,
        min(won_date) as won_at,
        sum(amount) as won_amount
    from shared
    group by lead_id

),

outcomes as (

    select
        spans.lead_id,
        {{ as_of_to() }} as as_of_date,
        leads.converted_at is not null as is_converted,
        leads.converted_at,
        coalesce(counted.won_count, 0) > 0 as is_won,
        counted.won_at,
        cast(counted.won_amount as decimal(18, 2)) as won_amount,
        cast(coalesce(counted.opportunity_count, 0) as bigint) as opportunity_count,
        cast(coalesce(counted.open_count, 0) as bigint) as open_count,
        cast(coalesce(counted.won_count, 0) as bigint) as won_count,
        cast(coalesce(counted.lost_count, 0) as bigint) as lost_count
    from spans
    inner join leads
        on
            spans.lead_id = leads.lead_id
            and spans.lead_valid_from = leads.valid_from
    left join counted
        on spans.lead_id = counted.lead_id
    where leads.converted_at is not null or counted.lead_id is not null

)

select * from outcomes
