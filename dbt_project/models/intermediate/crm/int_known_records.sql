with delivered as (

    select distinct lead_id from {{ ref('int_crm_lead_versions') }}

),

merge_groups as (

    select * from {{ ref('int_merge_groups') }}

),

-- A record that was merged away before the first delivery is known by its survivor.
known as (

    select lead_id from delivered
    union
    select merge_groups.lead_id
    from merge_groups
    inner join merge_groups as others
        on merge_groups.group_id = others.group_id
    inner join delivered
        on others.lead_id = delivered.lead_id

)

select * from known
