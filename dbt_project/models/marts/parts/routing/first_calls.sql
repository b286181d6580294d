with calls as (

    select * from {{ ref('routed_calls') }}
    where slot_date is not null

),

former_ids as (

    select * from {{ ref('former_ids') }}

),

kept as (

    select * from {{ ref('past_assignments') }}

),

firsts as (

    select *
    from calls
    qualify row_number() over (partition by lead_id order by as_of_date) = 1

),

-- What is kept counts, whenever it was given; of this run what was before.
given as (

    select
        lead_id,
        cast(null as date) as since
    from kept

    union all

    select
        lead_id,
        as_of_date as since
    from firsts

),

-- Who has been given to somebody, or had a part who was, by the first day.
given_before as (

    select firsts.lead_id
    from firsts
    inner join former_ids
        on
            firsts.lead_id = former_ids.lead_id
            and firsts.as_of_date between former_ids.since and former_ids.until
    inner join given
        on former_ids.former_id = given.lead_id
    where coalesce(given.since < firsts.as_of_date, true)

    union

    select lead_id
    from kept

),

new_leads as (

    select firsts.*
    from firsts
    left join given_before
        on firsts.lead_id = given_before.lead_id
    where given_before.lead_id is null

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
