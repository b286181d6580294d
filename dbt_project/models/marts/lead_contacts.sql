with leads as (

    select * from {{ ref('int_leads') }}
    where valid_to = {{ as_of_to() }}

),

feedback as (

    select * from {{ ref('int_lead_feedback') }}
    where
        {{ as_of_to() }} between valid_from and valid_to
        and note is not null

),

notes as (

    select
        lead_id,
        note
    from feedback
    qualify
        row_number() over (partition by lead_id order by given_at desc, note asc) = 1

),

contacts as (

    select
        leads.lead_id,
        leads.email,
        leads.first_name,
        leads.last_name,
        leads.job_title,
        leads.phone,
        leads.company_name,
        notes.note as feedback_note
    from leads
    left join notes
        on leads.lead_id = notes.lead_id

)

select * from contacts
