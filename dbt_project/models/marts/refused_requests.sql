with unowned as (

    select * from {{ ref('int_unowned_requests') }}

),

mailboxes as (

    select * from {{ ref('int_mailboxes') }}

),

visitor_mailboxes as (

    select * from {{ ref('int_visitor_mailboxes') }}
    where {{ as_of_to() }} between valid_from and valid_to

),

visitor_records as (

    select * from {{ ref('int_visitor_records') }}
    where valid_from <= {{ as_of_to() }}

),

record_mailboxes as (

    select * from {{ ref('int_record_mailboxes') }}
    where {{ as_of_to() }} between valid_from and valid_to

),

refusals as (

    select * from {{ ref('int_identity_refusals') }}
    where {{ as_of_to() }} between valid_from and valid_to

),

identity_limits as (

    select * from {{ ref('identity_limits') }}

),

world as (

    select * from {{ ref('stg_pipeline__world') }}

),

-- The mailboxes and records that say who it may have been.
requested as (

    select
        unowned.*,
        'visitor:' || unowned.identifier as node,
        visitor_mailboxes.mailbox,
        null as record_id
    from unowned
    inner join visitor_mailboxes
        on unowned.identifier = visitor_mailboxes.visitor_id
    where unowned.identifier_type = 'visitor'

    union all

    select
        unowned.*,
        'visitor:' || unowned.identifier as node,
        null as mailbox,
        visitor_records.lead_id as record_id
    from unowned
    inner join visitor_records
        on unowned.identifier = visitor_records.visitor_id
    where unowned.identifier_type = 'visitor'

    union all

    select
        unowned.*,
        'mailbox:' || mailboxes.mailbox as node,
        mailboxes.mailbox,
        null as record_id
    from unowned
    inner join mailboxes
        on unowned.identifier = mailboxes.email
    where unowned.identifier_type = 'email'

),

refused_requests as (

    select
        requested.identifier_type,
        if(
            requested.identifier_type = 'email',
            {{ hashed_email('requested.identifier', 'any_value(world.id_key)') }},
            requested.identifier
        ) as identifier,
        requested.activity,
        max(requested.last_at) as last_at,
        string_agg(
            distinct coalesce(requested.record_id, record_mailboxes.lead_id), ', '
            order by coalesce(requested.record_id, record_mailboxes.lead_id)
        ) as record_ids,
        min_by(
            identity_limits.reason, identity_limits.limit_name
        ) as reason
    from requested
    inner join refusals
        on refusals.node in (requested.node, 'mailbox:' || requested.mailbox)
    inner join identity_limits
        on refusals.limit_name = identity_limits.limit_name
    left join record_mailboxes
        on requested.mailbox = record_mailboxes.mailbox
    cross join world
    group by requested.identifier_type, requested.identifier, requested.activity

)

select * from refused_requests
