with calls as (

    select * from {{ ref('routed_calls') }}
    where slot_date is not null

),

former_ids as (

    select * from {{ ref('former_ids') }}

),

kept as (

    select * from {{ ref('kept_assignments') }}

),

firsts as (

    select *
    from calls
    qualify row_number() over (partition by lead_id order by as_of_date) = 1

),

current_ids as (

    select
        firsts.lead_id,
        coalesce(former_ids.lead_id, firsts.lead_id) as current_id
    from firsts
    left join former_ids
        on
            firsts.lead_id = former_ids.former_id
            and {{ as_of_to() }} between former_ids.since and former_ids.until

),

-- Who had become part of the lead by its first day, and had been given to somebody.
given_before as (

    select distinct firsts.lead_id
    from firsts
    inner join former_ids
        on
            firsts.lead_id = former_ids.lead_id
            and firsts.as_of_date between former_ids.since and former_ids.until
    inner join firsts as former
        on
            former_ids.former_id = former.lead_id
            and firsts.as_of_date > former.as_of_date

),

new_leads as (

    select firsts.*
    from firsts
    inner join current_ids
        on firsts.lead_id = current_ids.lead_id
    left join kept
        on current_ids.current_id = kept.current_id
    left join given_before
        on firsts.lead_id = given_before.lead_id
    where
        kept.lead_id is null
        and given_before.lead_id is null

),

first_calls as (

    select
        lead_id,
        as_of_date as since,
        account_id,
        if(account_id is null, 'lead ' || lead_id, 'account ' || account_id) as unit,
        priority,
        total_points,
        routing_position,
        team,
        slot_date,
        dense_rank() over (
            partition by coalesce(account_id, lead_id), account_id is null
            order by as_of_date
        ) = 1 as is_first_of_unit,
        row_number() over (
            partition by coalesce(account_id, lead_id), account_id is null
            order by as_of_date asc, priority asc, total_points desc, lead_id asc
        ) as place
    from new_leads

)

select * from first_calls
