with staged as (

    select
        *,
        coalesce(closed_at, created_at) as updated_at
    from {{ ref('stg_crm__opportunities') }}

),

{{ deliveries_and_gaps('staged', 'crm_opportunities', 'opportunity_id') }},

versions as (

    select
        *,
        case
            -- What the first delivery tells of earlier days is taken as it tells it.
            when
                row_number() over (partition by opportunity_id order by from_date) = 1
                then cast('1900-01-01' as date)
            else from_date
        end as valid_from,
        coalesce(
            lead(from_date) over (partition by opportunity_id order by from_date) - 1,
            {{ forever() }}
        ) as valid_to
    from deliveries_and_gaps

),

states as (

    select
        opportunity_id,
        lead_id,
        account_id,
        'open' as state,
        greatest(
            valid_from, coalesce({{ company_date('created_at') }}, valid_from)
        ) as valid_from,
        least(
            valid_to, coalesce({{ company_date('closed_at') }} - 1, valid_to)
        ) as valid_to
    from versions
    where not is_gone

    union all

    select
        opportunity_id,
        lead_id,
        account_id,
        case when is_won then 'won' else 'lost' end as state,
        greatest(valid_from, {{ company_date('closed_at') }}) as valid_from,
        valid_to
    from versions
    where not is_gone and closed_at is not null

)

select * from states
where valid_from <= valid_to
