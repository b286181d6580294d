with leads as (

    select * from {{ ref('int_leads') }}

),

name_patterns as (

    select * from {{ ref('name_quality') }}

),

names as (

    select
        lead_id,
        valid_from,
        unnest([lower(first_name), lower(last_name)]) as name
    from leads

),

-- Words are looked up; runs of keys are searched for in every name.
found as (

    select
        names.lead_id,
        names.valid_from,
        name_patterns.kind
    from names
    inner join name_patterns
        on names.name = name_patterns.value
    where name_patterns.kind = 'test_word'

    union all

    select
        leads.lead_id,
        leads.valid_from,
        name_patterns.kind
    from leads
    inner join name_patterns
        on contains(
            lower(concat_ws(' ', leads.first_name, leads.last_name)),
            name_patterns.value
        )
    where name_patterns.kind = 'keyboard_run'

),

bad_names as (

    select
        lead_id,
        valid_from,
        min(kind) as kind
    from found
    group by lead_id, valid_from

),

judged as (

    select
        leads.lead_id,
        leads.valid_from,
        leads.valid_to,
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
