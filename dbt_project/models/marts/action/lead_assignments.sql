with scores as (

    select * from {{ ref('lead_scores') }}

),

given_leads as (

    select * from {{ ref('given_leads') }}

),

routed_calls as (

    select * from {{ ref('routed_calls') }}
    where as_of_date = {{ as_of_to() }}

),

owners as (

    select * from {{ ref('int_crm_owner_versions') }}
    where {{ as_of_to() }} between valid_from and valid_to

),

-- The condition is that of the call list: ON_CALL_LIST in leadscore/calls.py.
wanted as (

    select
        scores.lead_id,
        scores.as_of_date,
        scores.owner_id as owner_in_crm,
        coalesce(owners.is_active, true) as is_active,
        given_leads.owner_id,
        given_leads.left_owner_id,
        given_leads.since,
        given_leads.how,
        given_leads.slot_date,
        given_leads.slot,
        given_leads.slots,
        coalesce(given_leads.team, routed_calls.team) as routed_team,
        coalesce(
            given_leads.routing_position, routed_calls.routing_position
        ) as routed_position
    from scores
    left join given_leads
        on scores.lead_id = given_leads.lead_id
    left join routed_calls
        on scores.lead_id = routed_calls.lead_id
    left join owners
        on scores.owner_id = owners.owner_id
    where
        given_leads.lead_id is not null
        or (scores.queue is not null and (scores.is_mql or scores.priority = 1))

),

dealt as (

    select
        *,
        'Dealt on ' || since
        || if(slot_date = since, '', ' for ' || slot_date)
        || ': row ' || routed_position || ' of routing.csv, team ' || routed_team
        || ', ' || slot
        || if(slot > slots, ', where it takes ' || slots, ' of ' || slots)
        || ' that day' as dealt_how
    from wanted

),

told as (

    select
        *,
        case
            when owner_in_crm is not null and is_active then 'Owner in the CRM'
            when owner_in_crm is not null then 'Owner in the CRM, inactive there'
            when how = 'company_in_crm'
                then 'Owner of leads of the same company in the CRM'
            when how = 'company' then 'Has leads of the same company'
            when how = 'dealt' then dealt_how
            when routed_team is null then 'No row of routing.csv is for it'
            else 'Nobody of team ' || routed_team || ' works any day soon'
        end
        || if(
            owner_in_crm is null and left_owner_id is not null,
            '; then from ' || left_owner_id || ', who left', ''
        ) as why
    from dealt

),

assignments as (

    select
        lead_id,
        as_of_date,
        coalesce(owner_in_crm, owner_id) as owner_id,
        if(
            owner_in_crm is not null
            or (how = 'company_in_crm' and left_owner_id is null),
            null, routed_team
        ) as team,
        if(owner_in_crm is null, since, null) as since,
        why,
        coalesce(owner_in_crm is null and slot > slots, false) as is_over_capacity,
        owner_in_crm is not null as is_from_crm,
        if(owner_in_crm is null, routed_position, null) as routing_position
    from told

)

select * from assignments
