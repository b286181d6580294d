with staged as (

    select
        *,
        cast(null as timestamp) as updated_at,
        false as is_deleted
    from {{ ref('stg_crm__opportunity_leads') }}
    where {{ is_somebody('lead_id') }}

),

opportunities as (

    select * from {{ ref('stg_crm__opportunities') }}

),

{{ deliveries_and_gaps('staged', 'crm_opportunity_leads', 'link_id') }},

first_deliveries as (

    select
        opportunity_id,
        min(extract_date) as first_date
    from opportunities
    group by opportunity_id

),

changed as (

    select *
    from deliveries_and_gaps
    qualify
        row(opportunity_id, lead_id, is_gone)
        is distinct from lag(row(opportunity_id, lead_id, is_gone)) over (
            partition by link_id order by from_date
        )

),

versions as (

    select
        changed.link_id,
        changed.opportunity_id,
        changed.lead_id,
        changed.is_gone,
        case
            -- What comes with an opportunity's first delivery counts as that does; a
            -- later link may be made because of what became of it.
            when
                changed.from_date <= first_deliveries.first_date
                and row_number() over (
                    partition by changed.link_id order by changed.from_date
                ) = 1
                then cast('1900-01-01' as date)
            else changed.from_date
        end as valid_from,
        coalesce(
            lead(changed.from_date) over (
                partition by changed.link_id order by changed.from_date
            ) - 1,
            {{ forever() }}
        ) as valid_to
    from changed
    left join first_deliveries
        on changed.opportunity_id = first_deliveries.opportunity_id

)

select * from versions
