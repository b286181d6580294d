with staged as (

    select
        *,
        coalesce(closed_at, created_at) as updated_at
    from {{ ref('stg_crm__opportunities') }}

),

merged_away as (

    select * from {{ ref('int_opportunity_merges') }}

),

stages as (

    select * from {{ ref('int_statuses') }}
    where field = 'opportunity_stage'

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

-- Flags decide, then the stage, then whether there is a close date; if nothing tells,
-- the state is unknown.
judged as (

    select
        versions.*,
        stages.meaning as stage_meaning,
        case
            when versions.is_won then 'won'
            when not versions.is_closed then 'open'
            when versions.is_won is null and stages.meaning = 'won' then 'won'
            when
                versions.is_closed
                or stages.meaning = 'lost'
                or versions.closed_at is not null
                then 'lost'
            when not versions.is_won or stages.meaning = 'open' then 'open'
        end as state,
        least(
            versions.valid_to, coalesce(merged_away.merged_date - 1, versions.valid_to)
        ) as state_to
    from versions
    left join stages
        on versions.stage = stages.value
    left join merged_away
        on versions.opportunity_id = merged_away.opportunity_id
    where not versions.is_gone

),

closed as (

    select
        *,
        case
            when state = 'open' then null
            -- Closed, says the CRM: whatever the close date, not after it was told.
            when is_won or is_closed or stage_meaning in ('won', 'lost')
                then least(
                    coalesce({{ company_date('closed_at') }}, from_date), from_date
                )
            else {{ company_date('closed_at') }}
        end as closed_date
    from judged
    where state is not null

),

states as (

    select
        opportunity_id,
        lead_id,
        account_id,
        amount,
        currency,
        'open' as state,
        greatest(
            valid_from, coalesce({{ company_date('created_at') }}, valid_from)
        ) as valid_from,
        least(state_to, coalesce(closed_date - 1, state_to)) as valid_to
    from closed

    union all

    select
        opportunity_id,
        lead_id,
        account_id,
        amount,
        currency,
        state,
        greatest(valid_from, closed_date) as valid_from,
        state_to as valid_to
    from closed
    where closed_date is not null

)

select * from states
where valid_from <= valid_to
