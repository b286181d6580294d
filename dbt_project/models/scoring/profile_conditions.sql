with profiles as (

    select distinct profile_id
    from {{ ref('lead_profiles') }}

),

met_conditions as (

    select * from {{ ref('met_conditions') }}

),

met as (

    select
        profiles.profile_id,
        met_conditions.condition_id
    from profiles
    inner join met_conditions
        on profiles.profile_id = met_conditions.span_id

)

select * from met
