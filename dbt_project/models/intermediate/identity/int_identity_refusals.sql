with mailbox_refusals as (

    select * from {{ ref('int_mailbox_refusals') }}

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

refusals as (

    select * from visitor_refusals

    union all

    select
        node,
        limit_name,
        valid_from,
        valid_to
    from mailbox_refusals

)

select * from refusals
