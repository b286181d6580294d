{{ config(materialized='view') }}

with members as (

    select * from {{ ref('team_members') }}

),

owners as (

    select * from {{ ref('int_crm_owners') }}

),

active as (

    select
        members.team,
        members.owner_id,
        members.capacity_per_day,
        members.works_on,
        members.calendar,
        members.from_date,
        members.until_date,
        members.away_from,
        members.away_until
    from members
    left join owners
        on members.owner_id = owners.owner_id
    where coalesce(owners.is_active, true)

)

select * from active
