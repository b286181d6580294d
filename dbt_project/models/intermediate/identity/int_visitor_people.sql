with own as (

    select * from {{ ref('int_several_mailboxes') }}

),

visitor_records as (

    select * from {{ ref('int_visitor_records') }}

),

records as (

    select * from {{ ref('int_crm_lead_versions') }}
    where not is_gone

),

mailbox_names as (

    select * from {{ ref('int_mailbox_names') }}

),

named as (

    select
        own.hub,
        own.spoke,
        mailbox_names.name_words,
        greatest(own.valid_from, mailbox_names.valid_from) as valid_from,
        least(own.valid_to, mailbox_names.valid_to) as valid_to
    from own
    inner join mailbox_names
        on
            own.mailbox = mailbox_names.mailbox
            and own.valid_from <= mailbox_names.valid_to
            and own.valid_to >= mailbox_names.valid_from

),

nameless as (

    {{ time_without('own', 'named') }}

),

record_links as (

    select
        'visitor:' || visitor_records.visitor_id as hub,
        'crm:' || visitor_records.lead_id as spoke,
        concat_ws(' ', records.first_name, records.last_name) as name,
        greatest(visitor_records.valid_from, records.valid_from) as valid_from,
        least(visitor_records.valid_to, records.valid_to) as valid_to
    from visitor_records
    inner join records
        on
            visitor_records.lead_id = records.lead_id
            and visitor_records.valid_from <= records.valid_to
            and visitor_records.valid_to >= records.valid_from

),

named_records as (

    {{ with_name_words('record_links') }}

),

links as (

    select
        hub,
        spoke,
        'visitor_emails' as limit_name,
        name_words,
        valid_from,
        valid_to
    from named

    union all

    select
        hub,
        spoke,
        'visitor_emails' as limit_name,
        [] as name_words,
        valid_from,
        valid_to
    from nameless

    union all

    select
        hub,
        spoke,
        'visitor_records' as limit_name,
        name_words,
        valid_from,
        valid_to
    from named_records

),

people as (

    {{ links_of_one_name('links') }}

)

select * from people
