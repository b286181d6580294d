with people as (

    select * from {{ ref('int_mailbox_people') }}

),

identity_limits as (

    select * from {{ ref('identity_limits') }}

),

refusals as (

    {{ limits_exceeded('people', 'email_names') }}

)

select * from refusals
