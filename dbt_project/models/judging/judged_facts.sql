{# A view: what tells leads apart, said in one text each. #}
{{ config(materialized='view') }}

with facts as (

    select * from {{ source('judged', 'cut_off_facts') }}

),

quarters as (

    select
        name,
        quantile_disc(value_number, [0.25, 0.5, 0.75]) as bounds
    from facts
    where kind = 'signal'
    group by name

),

banded as (

    select
        facts.cut_off,
        facts.lead_id,
        facts.kind,
        facts.name,
        case
            when facts.kind = 'activity' then 'done'
            when facts.value_text is not null then facts.value_text
            when facts.value_number is null then '(missing)'
            when facts.value_number < quarters.bounds[1]
                then 'below ' || {{ number_text('quarters.bounds[1]') }}
            when facts.value_number < quarters.bounds[2]
                then {{ number_text('quarters.bounds[1]') }} || ' or more'
            when facts.value_number < quarters.bounds[3]
                then {{ number_text('quarters.bounds[2]') }} || ' or more'
            else {{ number_text('quarters.bounds[3]') }} || ' or more'
        end as value
    from facts
    left join quarters
        on facts.name = quarters.name

)

select * from banded
