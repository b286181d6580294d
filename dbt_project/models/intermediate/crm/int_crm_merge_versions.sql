with staged as (

    select
        *,
        merged_at as updated_at,
        is_undone as is_deleted
    from {{ ref('stg_crm__merges') }}
    where {{ is_somebody('merged_id') }} and {{ is_somebody('into_id') }}

),

{{ deliveries_and_gaps('staged', 'crm_merges', 'merged_id') }},

changed as (

    select *
    from deliveries_and_gaps
    qualify
        row(into_id, is_gone) is distinct from lag(row(into_id, is_gone)) over (
            partition by merged_id order by from_date
        )

),

versions as (

    select
        merged_id,
        into_id,
        is_gone,
        case
            -- As with records, the first version counts from the day it tells of.
            when row_number() over (partition by merged_id order by from_date) = 1
                then least(
                    from_date, coalesce({{ company_date('merged_at') }}, from_date)
                )
            else from_date
        end as valid_from,
        coalesce(
            lead(from_date) over (partition by merged_id order by from_date) - 1,
            {{ forever() }}
        ) as valid_to
    from changed

)

select
    merged_id,
    into_id,
    valid_from,
    valid_to
from versions
where not is_gone and merged_id != into_id
