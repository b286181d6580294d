with staged as (

    select
        *,
        cast(null as timestamp) as updated_at
    from {{ ref('stg_crm__owners') }}
    where {{ is_somebody('owner_id') }}

),

{{ deliveries_and_gaps('staged', 'crm_owners', 'owner_id') }},

-- Leads of somebody who left still name them.
told as (

    select
        owner_id,
        from_date,
        last_value(name ignore nulls) over (
            partition by owner_id order by from_date
        ) as name,
        if(is_gone, false, is_active) as is_active
    from deliveries_and_gaps

),

changed as (

    select *
    from told
    qualify
        row(name, is_active) is distinct from lag(row(name, is_active)) over (
            partition by owner_id order by from_date
        )

),

versions as (

    select
        owner_id,
        name,
        is_active,
        case
            -- Nobody says since when: the first version counts from ever.
            when row_number() over (partition by owner_id order by from_date) = 1
                then cast('1900-01-01' as date)
            else from_date
        end as valid_from,
        coalesce(
            lead(from_date) over (partition by owner_id order by from_date) - 1,
            {{ forever() }}
        ) as valid_to
    from changed

)

select * from versions
