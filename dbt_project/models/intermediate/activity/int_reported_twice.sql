with crm_activities as (

    select * from {{ ref('stg_crm__activities') }}
    where activity_type = 'email'

),

email_events as (

    select * from {{ ref('stg_email__events') }}

),

records as (

    select * from {{ ref('int_crm_lead_versions') }}

),

threshold as (

    select value as minutes
    from {{ ref('thresholds') }}
    where name = 'reported_twice_minutes'

),

-- The CRM knows the record; the email tool mostly the address that it had by then.
reports as (

    select
        crm_activities.batch_id,
        crm_activities.source_row,
        crm_activities.outcome,
        crm_activities.occurred_at,
        coalesce(crm_activities.email, records.email) as email
    from crm_activities
    left join records
        on
            crm_activities.lead_id = records.lead_id
            and cast(crm_activities.occurred_at as date)
            between records.valid_from and records.valid_to

),

mails as (

    select
        email_events.event_type,
        email_events.occurred_at,
        coalesce(email_events.email, records.email) as email
    from email_events
    left join records
        on
            email_events.lead_id = records.lead_id
            and cast(email_events.occurred_at as date)
            between records.valid_from and records.valid_to

),

reported_twice as (

    select distinct
        reports.batch_id,
        reports.source_row,
        'reported_twice' as reason
    from reports
    inner join mails
        on
            reports.email = mails.email
            and reports.outcome = mails.event_type
    cross join threshold
    where
        reports.occurred_at
        between mails.occurred_at - to_minutes(threshold.minutes)
        and mails.occurred_at + to_minutes(threshold.minutes)

)

select * from reported_twice
