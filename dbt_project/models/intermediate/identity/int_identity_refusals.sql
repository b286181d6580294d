with mailbox_refusals as (

    select * from {{ ref('int_mailbox_refusals') }}

),

visitor_records as (

    select * from {{ ref('int_visitor_records') }}

),

people as (

    select * from {{ ref('int_visitor_people') }}

),

identity_limits as (

    select * from {{ ref('identity_limits') }}

),

visitor_refusals as (

    {{ limits_exceeded('people', 'visitor_names') }}

),

named_records as (

    select
        'crm:' || lead_id as hub,
        'visitor:' || visitor_id as node,
        'record_visitors' as limit_name,
        valid_from,
        valid_to
    from visitor_records

),

changes as (

    {{ link_changes('named_records') }}

),

crowded as (

    {{ above_limit('changes', ['hub', 'limit_name']) }}

),

-- Of visitors who are all said to be one record nobody is: the record stays its own.
crowds as (

    select
        named_records.node,
        named_records.limit_name,
        greatest(named_records.valid_from, crowded.valid_from) as valid_from,
        max(least(named_records.valid_to, crowded.valid_to)) as valid_to
    from named_records
    inner join crowded
        on
            named_records.hub = crowded.hub
            and named_records.valid_from <= crowded.valid_to
            and named_records.valid_to >= crowded.valid_from
    group by
        named_records.node,
        named_records.limit_name,
        greatest(named_records.valid_from, crowded.valid_from)

),

refusals as (

    select * from visitor_refusals

    union all

    select
        node,
        limit_name,
        valid_from,
        valid_to
    from crowds

    union all

    select
        node,
        limit_name,
        valid_from,
        valid_to
    from mailbox_refusals

)

select * from refusals
