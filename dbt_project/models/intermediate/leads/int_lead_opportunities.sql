with leads as (

    select * from {{ ref('int_leads') }}

),

members as (

    select * from {{ ref('int_lead_members') }}

),

opportunities as (

    select * from {{ ref('int_opportunity_states') }}

),

links as (

    select * from {{ ref('int_opportunity_leads') }}

),

named as (

    select
        opportunity_id,
        lead_id,
        state,
        valid_from,
        valid_to
    from opportunities

    union all

    select
        opportunities.opportunity_id,
        links.lead_id,
        opportunities.state,
        greatest(links.valid_from, opportunities.valid_from) as valid_from,
        least(links.valid_to, opportunities.valid_to) as valid_to
    from opportunities
    inner join links
        on opportunities.opportunity_id = links.opportunity_id
    where not links.is_gone

),

own as (

    select
        members.lead_id,
        named.opportunity_id,
        named.state,
        greatest(members.valid_from, named.valid_from) as valid_from,
        least(members.valid_to, named.valid_to) as valid_to
    from named
    inner join members
        on
            members.identifier_type = 'crm'
            and named.lead_id = members.identifier

),

first_links as (

    select
        opportunity_id,
        min(valid_from) as first_date
    from links
    group by opportunity_id

),

-- One that names no lead is everybody's at the account until it is linked to one.
of_account as (

    select
        leads.lead_id,
        opportunities.opportunity_id,
        opportunities.state,
        greatest(leads.valid_from, opportunities.valid_from) as valid_from,
        least(
            leads.valid_to,
            opportunities.valid_to,
            coalesce(first_links.first_date - 1, opportunities.valid_to)
        ) as valid_to
    from opportunities
    inner join leads
        on opportunities.account_id = leads.account_id
    left join first_links
        on opportunities.opportunity_id = first_links.opportunity_id
    where
        opportunities.lead_id is null
        or not {{ is_somebody('opportunities.lead_id') }}

),

united as (

    select * from own

    union

    select * from of_account

)

select
    lead_id,
    opportunity_id,
    state,
    valid_from,
    valid_to
from united
where
    valid_from <= valid_to
    and valid_from <= {{ as_of_to() }}
    and valid_to >= {{ as_of_from() }}
