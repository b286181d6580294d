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
        -- Theirs again: the time before did not end the day before.
        count_if(previous_to is null or previous_to != valid_from - 1) over (
            partition by identifier_type, identifier, lead_id
            order by valid_from rows unbounded preceding
        ) as turn
    from followed

),

identifiers as (

    select
        lead_id,
        identifier_type,
        identifier,
        min(valid_from) as valid_from,
        max(valid_to) as valid_to
    from numbered
    group by lead_id, identifier_type, identifier, turn

)

select * from identifiers
