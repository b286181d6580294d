with leads as (

    select * from {{ ref('int_leads') }}

),

spans as (

    select
        *,
        lag(valid_to) over (
            partition by lead_id order by valid_from
        ) as previous_to
    from {{ ref('int_lead_spans') }}

),

overlapping as (

    select
        lead_id,
        valid_from,
        'scored twice' as failure
    from spans
    where valid_from <= previous_to or valid_to < valid_from

),

covered as (

    select
        lead_id,
        lead_valid_from,
        sum({{ days_between('valid_from', 'valid_to') }} + 1) as day_count
    from spans
    group by lead_id, lead_valid_from

),

missing as (

    select
        leads.lead_id,
        leads.valid_from,
        'days without a score' as failure
    from leads
    left join covered
        on
            leads.lead_id = covered.lead_id
            and leads.valid_from = covered.lead_valid_from
    where
        covered.day_count is distinct from
        {{ days_between('leads.valid_from', 'leads.valid_to') }} + 1

)

select
    lead_id,
    valid_from,
    failure
from overlapping

union all

select
    lead_id,
    valid_from,
    failure
from missing
