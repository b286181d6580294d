with mailbox_refusals as (

    select * from {{ ref('int_mailbox_refusals') }}

),

people as (

    select * from {{ ref('int_visitor_people') }}

),

identity_limits as (

    select * from {{ ref('identity_limits') }}

),

changes as (

    {{ link_changes('people') }}

),

too_many as (

    {{ above_limit('changes', ['hub', 'limit_name']) }}

),

names as (

    {{ links_that_differ('people', 'too_many') }}

),

name_changes as (

    select
        names.hub,
        identity_limits.limit_name,
        identity_limits.max_links,
        unnest([names.valid_from, names.valid_to + 1]) as day,
        unnest([names.weight, -names.weight]) as change
    from names
    inner join identity_limits
        on identity_limits.limit_name = 'visitor_names'

),

different as (

    {{ above_limit('name_changes', ['hub', 'limit_name']) }}

),

refusals as (

    select
        hub as node,
        limit_name,
        valid_from,
        valid_to
    from too_many

    union all

    select
        hub as node,
        limit_name,
        valid_from,
        valid_to
    from different

    union all

    select
        node,
        limit_name,
        valid_from,
        valid_to
    from mailbox_refusals

)

select * from refusals
