with records as (

    select * from {{ ref('int_record_emails') }}

),

web_events as (

    select * from {{ ref('stg_web__events') }}

),

activity_days as (

    select * from {{ ref('int_activity_days') }}

),

seen as (

    select
        email,
        valid_from
    from records
    where email is not null

    union all

    select
        email,
        {{ company_date('occurred_at') }} as valid_from
    from web_events
    where email is not null

    union all

    select
        identifier as email,
        activity_date as valid_from
    from activity_days
    where identifier_type = 'email'

),

addresses as (

    select
        email,
        min(valid_from) as valid_from
    from seen
    where {{ is_somebody('email') }}
    group by email

)

select * from addresses
