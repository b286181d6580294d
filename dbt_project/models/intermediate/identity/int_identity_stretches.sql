with members as (

    select * from {{ ref('int_lead_members') }}

),

followed as (

    select
        *,
        lag(valid_to) over same_lead as previous_to
    from members
    window
        same_lead as (
            partition by identifier_type, identifier, lead_id order by valid_from
        )

),

numbered as (

    select
        *,
        -- A new stretch starts where the one before did not end the day before.
        count_if(previous_to is null or previous_to != valid_from - 1) over (
            partition by identifier_type, identifier, lead_id
            order by valid_from rows unbounded preceding
        ) as stretch
    from followed

),

stretches as (

    select
        lead_id,
        identifier_type,
        identifier,
        min(valid_from) as since,
        max(valid_to) as until
    from numbered
    group by lead_id, identifier_type, identifier, stretch

)

select * from stretches
