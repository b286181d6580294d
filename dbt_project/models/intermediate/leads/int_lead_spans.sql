with leads as (

    select * from {{ ref('int_leads') }}

),

changes as (

    select * from {{ ref('int_lead_changes') }}

),

spans as (

    select
        changes.lead_id,
        changes.change_date as valid_from,
        least(
            leads.valid_to,
            coalesce(
                lead(changes.change_date) over (
                    partition by changes.lead_id order by changes.change_date
                ) - 1,
                {{ forever() }}
            )
        ) as valid_to,
        leads.valid_from as lead_valid_from
    from changes
    inner join leads
        on
            changes.lead_id = leads.lead_id
            and changes.change_date between leads.valid_from and leads.valid_to

)

-- A short name for lead and first day, of this run alone: what scoring joins by.
select
    *,
    cast(row_number() over () as integer) as span_id
from spans
