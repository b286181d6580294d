{{ config(materialized='view') }}

with alerts as (

    select
        *,
        coalesce(leaves_at, enters_at) as stays_at
    from {{ ref('alerts') }}

),

limits as (

    select
        alert,
        measure,
        if(measure = 'stage', string_split(enters_at, '|'), null) as entered_stages,
        if(measure = 'stage', string_split(leaves_at, '|'), null) as left_stages,
        {{ measured(
            'measure', 'enters_at', 'enters_at', 'enters_at', 'enters_at'
        ) }} as enters_at,
        {{ measured(
            'measure', 'stays_at', 'stays_at', 'stays_at', 'stays_at'
        ) }} as stays_at,
        coalesce(stay_days, 1) as stay_days,
        coalesce(once_in_days, 0) as once_in_days,
        tells,
        how,
        message
    from alerts

)

select * from limits
