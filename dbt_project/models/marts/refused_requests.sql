with activity_days as (

    select * from {{ ref('int_activity_days') }}
    where not_counted_reason is null and activity_date <= {{ as_of_to() }}

),

qualification as (

    select * from {{ ref('qualification') }}

),

members as (

    select * from {{ ref('int_lead_members') }}
    where {{ as_of_to() }} between valid_from and valid_to

),

mailboxes as (

    select * from {{ ref('int_mailboxes') }}

),

visitor_mailboxes as (

    select * from {{ ref('int_visitor_mailboxes') }}
    where {{ as_of_to() }} between valid_from and valid_to

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

-- A request is what qualifies a lead by itself, at any grade: a row that asks for it.
requests as (

    select
        unnest({{ names_in('if_activity') }}) as activity,
        coalesce(within_days, {{ days_between("date '1900-01-01'", as_of_to()) }})
            as within_days
    from qualification
    where if_activity is not null and min_grade is null

),

asked as (

    select
        activity,
        max(within_days) as within_days
    from requests
    group by activity

),

unowned as (

    select
        activity_days.identifier_type,
        activity_days.identifier,
        activity_days.activity,
        max(activity_days.last_at) as last_at
    from activity_days
    inner join asked
        on
            activity_days.activity = asked.activity
            and {{ days_between('activity_days.activity_date', as_of_to()) }}
            < asked.within_days
    anti join members
        on
            activity_days.identifier_type = members.identifier_type
            and activity_days.identifier = members.identifier
    group by
        activity_days.identifier_type, activity_days.identifier, activity_days.activity

),

-- The mailboxes that say who it may have been.
mailboxes_of_requests as (

    select
        unowned.*,
        'visitor:' || unowned.identifier as node,
        visitor_mailboxes.mailbox
    from unowned
    inner join visitor_mailboxes
        on unowned.identifier = visitor_mailboxes.visitor_id
    where unowned.identifier_type = 'visitor'

    union all

    select
        unowned.*,
        'mailbox:' || mailboxes.mailbox as node,
        mailboxes.mailbox
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
            distinct record_mailboxes.lead_id, ', ' order by record_mailboxes.lead_id
        ) as record_ids,
        min_by(
            identity_limits.reason, identity_limits.limit_name
        ) as reason
    from mailboxes_of_requests as requested
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
