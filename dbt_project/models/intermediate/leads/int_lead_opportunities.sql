with leads as (

    select * from {{ ref('int_leads') }}

),

members as (

    select * from {{ ref('int_lead_members') }}

),

opportunities as (

    select * from {{ ref('int_opportunity_states') }}

),

own as (

    select
        members.lead_id,
        opportunities.state,
        greatest(members.valid_from, opportunities.valid_from) as valid_from,
        least(members.valid_to, opportunities.valid_to) as valid_to
    from opportunities
    inner join members
        on
            members.identifier_type = 'crm'
            and opportunities.lead_id = members.identifier

),

-- An opportunity that names no lead is everybody's at the account.
of_account as (

    select
        leads.lead_id,
        opportunities.state,
        greatest(leads.valid_from, opportunities.valid_from) as valid_from,
        least(leads.valid_to, opportunities.valid_to) as valid_to
    from opportunities
    inner join leads
        on opportunities.account_id = leads.account_id
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
    state,
    valid_from,
    valid_to
from united
where
    valid_from <= valid_to
    and valid_from <= {{ as_of_to() }}
    and valid_to >= {{ as_of_from() }}
