with calls as (

    select * from {{ ref('first_calls') }}
    where account_id is not null

),

traits as (

    select * from {{ ref('int_lead_traits') }}

),

asked as (

    select distinct
        account_id,
        since
    from calls

),

mates as (

    select
        asked.account_id,
        asked.since,
        traits.lead_id,
        traits.owner_id
    from asked
    inner join traits
        on
            asked.account_id = traits.account_id
            and asked.since between traits.valid_from and traits.valid_to

)

select * from mates
