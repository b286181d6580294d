{{ config(materialized='view') }}

with leads as (

    select * from {{ ref('int_leads') }}

),

name_patterns as (

    select * from {{ ref('name_quality') }}

),

bad_names as (

    select
        leads.lead_id,
        leads.valid_from,
        min(name_patterns.kind) as kind
    from leads
    inner join name_patterns
        on
            case name_patterns.kind
                when 'test_word'
                    then
                        name_patterns.value
                        in (lower(leads.first_name), lower(leads.last_name))
                else contains(
                    lower(concat_ws(' ', leads.first_name, leads.last_name)),
                    name_patterns.value
                )
            end
    group by leads.lead_id, leads.valid_from

),

judged as (

    select
        leads.lead_id,
        leads.valid_from,
        case
            when bad_names.kind is not null then bad_names.kind
            when
                concat(leads.first_name, leads.last_name)
                = lower(concat(leads.first_name, leads.last_name))
                and concat(leads.first_name, leads.last_name)
                != upper(concat(leads.first_name, leads.last_name))
                then 'no_capitals'
            else 'ok'
        end as name_quality
    from leads
    left join bad_names
        on
            leads.lead_id = bad_names.lead_id
            and leads.valid_from = bad_names.valid_from
    where coalesce(leads.first_name, leads.last_name) is not null

)

select * from judged
