with spans as (

    select * from {{ ref('int_lead_spans') }}

),

met_conditions as (

    select * from {{ ref('met_conditions') }}

),

profiles as (

    select
        spans.span_id,
        list_sort(list(met_conditions.condition_id)) as condition_ids
    from spans
    left join met_conditions
        on spans.span_id = met_conditions.span_id
    group by spans.span_id

),

-- The first span that has it stands for a profile.
named as (

    select
        span_id,
        min(span_id) over (partition by condition_ids) as profile_id
    from profiles

)

select * from named
