with members as (

    select * from {{ ref('int_lead_members') }}
    where
        valid_from <= {{ as_of_to() }}
        and valid_to >= {{ as_of_from() }}

),

activity_days as (

    select * from {{ ref('int_activity_days') }}
    where
        not_counted_reason is null
        and activity_date <= {{ as_of_to() }}

),

-- What nothing asks for and is no engagement, mail sent above all, is left out.
wanted as (

    select unnest({{ names_in('activity') }}) as activity
    from {{ ref('activity_rules') }}

    union

    select activity from {{ ref('resets') }}

    union

    select unnest({{ names_in('if_activity') }}) as activity
    from {{ ref('qualification') }}

    union

    select unnest({{ names_in('activity') }}) as activity
    from {{ ref('segments') }}

    union

    select unnest({{ names_in('after_activity') }}) as activity
    from {{ ref('segments') }}

    union

    select activity from {{ ref('touches') }}

),

owned as (

    select
        members.lead_id,
        members.valid_from,
        members.valid_to,
        activity_days.identifier_type,
        activity_days.identifier,
        activity_days.activity,
        activity_days.topic,
        activity_days.count_once_per,
        activity_days.is_engagement,
        activity_days.object_id,
        activity_days.activity_date,
        activity_days.event_count,
        activity_days.first_at,
        activity_days.last_at
    from members
    inner join activity_days
        on
            members.identifier_type = activity_days.identifier_type
            and members.identifier = activity_days.identifier
    where
        activity_days.is_engagement
        or activity_days.activity in (select wanted.activity from wanted)

)

select * from owned
