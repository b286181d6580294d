with mates as (

    select * from {{ ref('company_mates') }}

),

kept as (

    select * from {{ ref('past_assignments') }}

),

-- Leads that were given to somebody before it was known that they are of the company.
given_alone as (

    select
        lead_id,
        unit,
        since
    from kept
    where starts_with(unit, 'lead ')

    union all

    select
        lead_id,
        unit,
        since
    from {{ ref('first_calls') }}
    where account_id is null

),

joined as (

    select
        mates.account_id,
        mates.since,
        given_alone.unit as joined_unit
    from mates
    inner join given_alone
        on
            mates.lead_id = given_alone.lead_id
            and mates.since > given_alone.since
    qualify
        row_number() over (
            partition by mates.account_id, mates.since
            order by given_alone.since, given_alone.lead_id
        ) = 1

)

select * from joined
