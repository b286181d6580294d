with leads as (

    select * from {{ ref('int_leads') }}
    where valid_to = {{ as_of_to() }}

),

contacts as (

    select
        lead_id,
        email,
        first_name,
        last_name,
        job_title,
        phone,
        company_name
    from leads

)

select * from contacts
