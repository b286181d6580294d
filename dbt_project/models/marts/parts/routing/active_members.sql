{{ config(materialized='view') }}

with members as (

    select * from {{ ref('team_members') }}

),

days as (

    select * from {{ ref('int_scored_days') }}

),

owners as (

    select * from {{ ref('int_crm_owner_versions') }}

),

active as (

    select
        days.as_of_date,
        members.team,
        members.owner_id,
        members.capacity_per_day,
        members.works_on,
        members.calendar,
        members.from_date,
        members.until_date,
        members.away_from,
        members.away_until,
        days.as_of_date between
        coalesce(members.from_date, days.as_of_date)
        and coalesce(members.until_date, days.as_of_date) as is_in_team
    from members
    cross join days
    left join owners
        on
            members.owner_id = owners.owner_id
            and days.as_of_date between owners.valid_from and owners.valid_to
    where coalesce(owners.is_active, true)

)

select * from active
