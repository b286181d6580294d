with merge_rows as (

    select * from {{ ref('stg_crm__opportunity_merges') }}

),

opportunities as (

    select * from {{ ref('stg_crm__opportunities') }}

),

merged as (

    select
        opportunity_id,
        into_opportunity_id,
        least(extract_date, coalesce({{ company_date('merged_at') }}, extract_date))
            as merged_date
    from merge_rows

    union all

    select
        trim(unnest(
            string_split(replace(opportunities.merged_ids, ',', ';'), ';')
        )) as opportunity_id,
        opportunities.opportunity_id as into_opportunity_id,
        opportunities.extract_date as merged_date
    from opportunities

)

select
    opportunity_id,
    min(merged_date) as merged_date
from merged
where opportunity_id != '' and opportunity_id != into_opportunity_id
group by opportunity_id
